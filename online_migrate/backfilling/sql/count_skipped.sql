SELECT count(*) FROM online_migrate.bad_row WHERE backfill = $1 AND skipped
