SELECT host, pid, epoch, acquired_at, heartbeat_at, expires_at
FROM online_migrate.lease
WHERE host IS NOT NULL AND expires_at >= clock_timestamp()
