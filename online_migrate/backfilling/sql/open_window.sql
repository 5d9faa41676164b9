INSERT INTO online_migrate.backfill_window (backfill, seq, epoch, upper_key)
SELECT id, 0, epoch, $3 FROM online_migrate.backfill WHERE id = $1 AND epoch = $2
