-- One row per table constraint. Left out: the rows that a foreign key to a partitioned table keeps on
-- its own table for each partition referred to. conenforced came with PostgreSQL 18.
SELECT k.conrelid::bigint AS table_oid,
       k.conname::text AS name,
       k.contype::text AS type,
       k.convalidated AS valid,
       coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) AS enforced,
       NOT k.conislocal AS inherited,
       k.connoinherit AND k.contype IN ('c', 'n') AS no_inherit,
       pg_get_constraintdef(k.oid) AS definition,
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS expression,
       ARRAY(SELECT a.attname::text
               FROM unnest(k.conkey) WITH ORDINALITY AS o(attnum, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.attnum
              ORDER BY o.place) AS columns,
       obj_description(k.oid, 'pg_constraint') AS comment,
       rn.nspname::text AS referenced_schema,
       r.relname::text AS referenced_name,
       ARRAY(SELECT a.attname::text
               FROM unnest(k.confkey) WITH ORDINALITY AS o(attnum, place)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = o.attnum
              ORDER BY o.place) AS referenced_columns,
       xn.nspname::text AS index_schema,
       x.relname::text AS index_name
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class r ON r.oid = k.confrelid
  LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
  LEFT JOIN pg_class x ON x.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_namespace xn ON xn.oid = x.relnamespace
 WHERE NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1, 2
