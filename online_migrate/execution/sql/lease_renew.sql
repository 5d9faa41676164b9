UPDATE online_migrate.lease
SET heartbeat_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(secs => %(duration_s)s::float8)
WHERE epoch = %(epoch)s AND host IS NOT NULL
RETURNING epoch
