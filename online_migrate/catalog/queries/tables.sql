-- One row per table, partitioned table, view, materialised view and foreign table.
-- pg_relation_size is NULL for a relation that was dropped since the snapshot was taken.
SELECT c.oid::bigint AS oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind::text AS kind,
       c.relpersistence::text AS persistence,
       c.relrowsecurity AS row_security,
       c.relispartition AS is_partition,
       c.relreplident::text AS replica_identity,
       pg_relation_filenode(c.oid)::bigint AS filenode,
       c.reltuples::float8 AS reltuples,
       c.relpages AS relpages,
       current_setting('block_size')::int AS block_size,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) END AS bytes,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) END AS total_bytes,
       (SELECT sum(CASE WHEN a.attlen > 0 THEN a.attlen::int
                        WHEN a.atttypmod BETWEEN 5 AND 63 THEN a.atttypmod
                        ELSE 32 END)
          FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::int AS width,
       coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions)
                  WHERE option_name = 'fillfactor'), 100) AS fillfactor,
       pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
         + pg_stat_get_tuples_deleted(c.oid) AS writes,
       pg_stat_get_numscans(c.oid) + coalesce((SELECT sum(pg_stat_get_numscans(i.indexrelid))
                                                 FROM pg_index i WHERE i.indrelid = c.oid), 0)::bigint AS reads,
       pg_stat_get_live_tuples(c.oid) AS live_rows,
       pg_stat_get_dead_tuples(c.oid) AS dead_rows,
       pg_has_role(c.relowner, 'USAGE') AS owned,
       pg_get_userbyid(c.relowner)::text AS owner,
       ARRAY(SELECT ARRAY[CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee)::text END,
                          lower(g.privilege_type), g.is_grantable::text]
               FROM aclexplode(c.relacl) g WHERE g.grantee <> c.relowner ORDER BY 1) AS grants,
       CASE WHEN c.relkind IN ('r', 'm') THEN (SELECT amname::text FROM pg_am WHERE oid = c.relam) END AS access_method,
       CASE WHEN c.relkind IN ('r', 'm') THEN
         (SELECT s.spcname::text FROM pg_tablespace s JOIN pg_database d ON d.datname = current_database()
           WHERE s.oid = coalesce(nullif(c.reltablespace, 0), d.dattablespace)) END AS tablespace,
       c.relispopulated AS populated,
       obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM pg_partitioned_table p
          CROSS JOIN unnest(p.partattrs::int2[]) WITH ORDINALITY AS k(attnum, place)
          JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.attnum
         WHERE p.partrelid = c.oid) AS partition_columns,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
       EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partdefid = c.oid) AS is_default_partition,
       (SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
           AND d.refclassid = 'pg_extension'::regclass) AS extension,
       ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid ORDER BY 1) AS policies,
       ARRAY(SELECT rulename::text FROM pg_rewrite
              WHERE ev_class = c.oid AND rulename <> '_RETURN' ORDER BY 1) AS rules,
       (SELECT jsonb_agg(jsonb_build_object(
                   'schema', sn.nspname, 'name', s.stxname, 'definition', pg_get_statisticsobjdef(s.oid),
                   'comment', obj_description(s.oid, 'pg_statistic_ext'),
                   'columns', (SELECT jsonb_agg(DISTINCT a.attname)
                                 FROM pg_depend d
                                 JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                                WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid
                                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND a.attnum > 0)
               ) ORDER BY s.stxname)
          FROM pg_statistic_ext s
          JOIN pg_namespace sn ON sn.oid = s.stxnamespace
         WHERE s.stxrelid = c.oid) AS extended_statistics,
       coalesce(u.publications, '{}') AS publications
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT schemaname, tablename, array_agg(pubname::text ORDER BY pubname) AS publications
               FROM pg_publication_tables GROUP BY 1, 2) u ON u.schemaname = n.nspname AND u.tablename = c.relname
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 2, 3
