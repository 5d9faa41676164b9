DELETE FROM online_migrate.backfill WHERE id = $1 AND epoch = $2
