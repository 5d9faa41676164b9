-- Transactions of this database that have been open for long; autovacuum gives way by itself.
SELECT
    a.pid,
    coalesce(a.usename::text, a.backend_type, '') AS "user",
    coalesce(nullif(a.application_name, ''), 'unnamed') AS application_name,
    coalesce(a.state, '') AS state,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age_s
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = current_database()
    AND a.pid <> pg_backend_pid()
    AND a.backend_type <> 'autovacuum worker'
    AND a.xact_start < clock_timestamp() - make_interval(secs => %(old_s)s::float8)
ORDER BY a.xact_start
