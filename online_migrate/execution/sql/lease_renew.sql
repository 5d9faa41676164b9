UPDATE online_migrate.lease
SET heartbeat_at = clock_timestamp(),
    backend_pid = CASE WHEN %(own_session)s THEN a.pid END,
    backend_start = CASE WHEN %(own_session)s THEN a.backend_start END,
    expires_at = clock_timestamp() + make_interval(secs => %(duration_s)s::float8)
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = pg_catalog.pg_backend_pid() AND epoch = %(epoch)s AND host IS NOT NULL
RETURNING epoch
