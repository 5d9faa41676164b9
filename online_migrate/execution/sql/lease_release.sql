UPDATE online_migrate.lease SET host = NULL, pid = NULL, expires_at = clock_timestamp() WHERE epoch = %(epoch)s
