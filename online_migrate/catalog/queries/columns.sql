-- One row per column, in order of the table's oid and the column's place. A generated column rests on another
-- as a column up to PostgreSQL 14, and as its own expression after that.
SELECT a.attrelid::bigint AS table_oid,
       a.attnum::int AS position,
       a.attname::text AS name,
       a.atttypid::bigint AS type_oid,
       t.typelem::bigint AS element_oid,
       format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS not_null,
       pg_get_expr(d.adbin, d.adrelid) AS default,
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END AS collation,
       a.attgenerated::text AS generated,
       a.attidentity::text AS identity,
       ARRAY(SELECT ARRAY[CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee)::text END,
                          lower(g.privilege_type), g.is_grantable::text]
               FROM aclexplode(a.attacl) g ORDER BY 1) AS grants,
       col_description(a.attrelid, a.attnum) AS comment,
       coalesce(a.attstattarget, -1)::int AS statistics,
       coalesce(a.attoptions, '{}') AS options,
       ARRAY(SELECT DISTINCT pg_describe_object(u.classid, u.objid, u.objsubid)
               FROM pg_depend u
              WHERE u.refclassid = 'pg_class'::regclass AND u.refobjid = a.attrelid AND u.refobjsubid = a.attnum
                AND (u.classid IN ('pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass,
                                   'pg_publication_rel'::regclass)
                     OR (u.classid = 'pg_attrdef'::regclass AND u.objid <> coalesce(d.oid, 0))
                     OR (u.classid = 'pg_class'::regclass AND u.objid = a.attrelid AND u.objsubid > 0))
              ORDER BY 1) AS held_by
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
 WHERE a.attnum > 0
   AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1, 2
