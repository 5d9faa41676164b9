UPDATE online_migrate.backfill_window SET epoch = epoch + 1, worker = NULL, lease_until = NULL WHERE backfill = $1
