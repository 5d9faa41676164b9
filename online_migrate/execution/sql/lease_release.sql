UPDATE online_migrate.lease SET host = NULL, pid = NULL, backend_pid = NULL, backend_start = NULL, expires_at = clock_timestamp() WHERE epoch = %(epoch)s
