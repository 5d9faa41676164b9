INSERT INTO online_migrate.lease AS l (epoch, host, pid, expires_at)
VALUES (1, %(host)s, %(pid)s, clock_timestamp() + make_interval(secs => %(duration_s)s::float8))
ON CONFLICT (singleton) DO UPDATE
SET epoch = l.epoch + 1,
    host = excluded.host,
    pid = excluded.pid,
    acquired_at = clock_timestamp(),
    heartbeat_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(secs => %(duration_s)s::float8)
WHERE l.host IS NULL OR l.expires_at < clock_timestamp()
RETURNING epoch
