-- Not those that a session is building now. One of a partitioned table (relkind I) is valid once every partition has its own.
SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind = 'I' AS partitioned
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid
    AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_stat_progress_create_index AS b WHERE b.index_relid = i.indexrelid
    )
ORDER BY 1, 2
