SELECT p.gid, extract(epoch FROM clock_timestamp() - p.prepared)::float8 AS age_s
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = current_database()
ORDER BY p.prepared
