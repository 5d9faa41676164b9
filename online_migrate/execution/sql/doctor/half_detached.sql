-- DETACH PARTITION CONCURRENTLY that was interrupted between its two transactions.
SELECT pn.nspname::text AS parent_schema, p.relname::text AS parent, cn.nspname::text AS schema, c.relname::text AS name
FROM pg_catalog.pg_inherits AS i
JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
WHERE i.inhdetachpending
ORDER BY 1, 2, 3, 4
