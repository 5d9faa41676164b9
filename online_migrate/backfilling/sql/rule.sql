INSERT INTO online_migrate.ruling AS r (backfill, duty, workers, held, slowed, signals)
SELECT id, $3, $4, $5, $6, $7::jsonb FROM online_migrate.backfill WHERE id = $1 AND epoch = $2
ON CONFLICT (backfill) DO UPDATE
SET duty = excluded.duty, workers = excluded.workers, held = excluded.held, slowed = excluded.slowed,
    signals = excluded.signals, ruled_at = clock_timestamp()
