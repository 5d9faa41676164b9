INSERT INTO online_migrate.backfill_window (backfill, seq, epoch, after_key, upper_key)
SELECT id, $3, pass::bigint << 32, $4, $5 FROM online_migrate.backfill WHERE id = $1 AND epoch = $2
