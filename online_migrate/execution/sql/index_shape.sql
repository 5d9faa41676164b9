-- What has the name of an index, whether valid or not; no row where there is no index of that name.
SELECT tn.nspname::text AS table_schema,
       t.relname::text AS table_name,
       m.amname::text AS method,
       i.indisunique AS "unique",
       i.indpred IS NOT NULL AS partial,
       ARRAY(
           SELECT a.attname::text
           FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
           LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
           ORDER BY k.place
       ) AS columns,
       i.indnkeyatts::integer AS keys
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
WHERE n.nspname = %(schema)s AND c.relname = %(name)s
