UPDATE online_migrate.backfill_window SET epoch = $2 WHERE backfill = $1
