-- One row per index. Columns of expressions and of the predicate are known from pg_depend only.
-- indnullsnotdistinct came with PostgreSQL 15: through to_jsonb, one text serves every version.
SELECT i.indrelid::bigint AS table_oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       i.indisunique AS "unique",
       i.indisprimary AS "primary",
       i.indisvalid AS valid,
       m.amname::text AS method,
       i.indexprs IS NOT NULL AS has_expressions,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       pg_get_indexdef(i.indexrelid) AS definition,
       (SELECT o.conname::text FROM pg_constraint o
         WHERE o.conindid = i.indexrelid AND o.conrelid = i.indrelid AND o.contype IN ('p', 'u', 'x')) AS constraint,
       CASE WHEN c.relkind = 'i' THEN pg_relation_size(c.oid) END AS bytes,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
       obj_description(c.oid, 'pg_class') AS comment,
       i.indisclustered AS clustered,
       i.indisreplident AS replica_identity,
       (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
       ARRAY(SELECT ARRAY[s.attnum::int, s.attstattarget::int] FROM pg_attribute s
              WHERE s.attrelid = c.oid AND s.attstattarget >= 0 ORDER BY s.attnum) AS statistics,
       pn.nspname::text AS parent_schema,
       p.relname::text AS parent_name,
       i.indnkeyatts::int AS key_count,
       ARRAY(SELECT a.attname::text
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
               LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
              ORDER BY k.place) AS named,
       ARRAY(SELECT a.attname::text
               FROM pg_depend d
               JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
              WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
                AND d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0
              ORDER BY a.attnum) AS mentioned
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_am m ON m.oid = c.relam
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
  LEFT JOIN pg_class p ON p.oid = h.inhparent
  LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1, 2, 3
