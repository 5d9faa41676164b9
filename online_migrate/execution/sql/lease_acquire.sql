-- A holder whose session is gone was killed: it is not waited for. Should it live after all, its epoch stops it.
INSERT INTO online_migrate.lease AS l (epoch, host, pid, backend_pid, backend_start, expires_at)
SELECT
    1,
    %(host)s,
    %(pid)s,
    CASE WHEN %(own_session)s THEN a.pid END,
    CASE WHEN %(own_session)s THEN a.backend_start END,
    clock_timestamp() + make_interval(secs => %(duration_s)s::float8)
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = pg_catalog.pg_backend_pid()
ON CONFLICT (singleton) DO UPDATE
SET epoch = l.epoch + 1,
    host = excluded.host,
    pid = excluded.pid,
    backend_pid = excluded.backend_pid,
    backend_start = excluded.backend_start,
    acquired_at = clock_timestamp(),
    heartbeat_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(secs => %(duration_s)s::float8)
WHERE l.host IS NULL OR l.expires_at < clock_timestamp() OR l.backend_pid IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity b
    WHERE b.pid = l.backend_pid AND coalesce(b.backend_start = l.backend_start, true)
)
RETURNING epoch
