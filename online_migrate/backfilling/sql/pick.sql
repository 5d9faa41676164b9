SELECT seq, batches, first_block, end_block, next_block, stripes_done, after_key, upper_key
FROM online_migrate.backfill_window WHERE backfill = $1
ORDER BY stripes_done, seq LIMIT 1
