-- Who is in the way of batches of ours that wait for a lock now; one row per session. By name and not by pid of the
-- one that waits: behind a pooler a client does not know its server process.
SELECT DISTINCT ON (pid)
    b.pid,
    coalesce(a.usename::text, '') AS "user",
    coalesce(a.application_name, '') AS application_name,
    CASE WHEN b.pid = 0 THEN 'prepared transaction' ELSE coalesce(a.state, a.backend_type, '') END AS state,
    left(coalesce(a.query, ''), 200) AS query,
    greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS age_s
FROM pg_catalog.pg_stat_activity AS w
CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(w.pid)) AS b (pid)
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
WHERE w.datname = current_database()
    AND w.application_name = 'online-migrate: backfill'
    AND w.wait_event_type = 'Lock'
    AND coalesce(a.application_name, '') NOT LIKE 'online-migrate: %'
ORDER BY pid
