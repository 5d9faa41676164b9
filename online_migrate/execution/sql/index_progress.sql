-- How far the build of an index is, whoever builds it. A phase counts blocks or rows, or waits for other sessions.
SELECT
    b.phase,
    CASE
        WHEN b.blocks_total > 0 THEN b.blocks_done::float8 / b.blocks_total
        WHEN b.tuples_total > 0 THEN b.tuples_done::float8 / b.tuples_total
        WHEN b.lockers_total > 0 THEN b.lockers_done::float8 / b.lockers_total
    END AS fraction
FROM pg_catalog.pg_stat_progress_create_index AS b
JOIN pg_catalog.pg_class AS c ON c.oid = b.index_relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE b.datname = current_database() AND n.nspname = %(schema)s AND c.relname = %(name)s AND b.phase IS NOT NULL
LIMIT 1
