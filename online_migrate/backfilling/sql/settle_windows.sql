SELECT FROM online_migrate.backfill_window WHERE backfill = $1 FOR UPDATE
