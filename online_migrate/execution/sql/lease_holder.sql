SELECT host, pid, epoch, acquired_at, heartbeat_at, expires_at
FROM online_migrate.lease l
WHERE host IS NOT NULL AND expires_at >= clock_timestamp() AND (l.backend_pid IS NULL OR EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity b
    WHERE b.pid = l.backend_pid AND coalesce(b.backend_start = l.backend_start, true)
))
