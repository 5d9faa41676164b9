UPDATE online_migrate.backfill
SET fraction = $3, rows_per_s = $4, rate_low = $5, rate_high = $6, updated_at = clock_timestamp()
WHERE id = $1 AND epoch = $2
