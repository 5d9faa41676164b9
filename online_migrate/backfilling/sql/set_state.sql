UPDATE online_migrate.backfill
SET state = $3, reason = $4, updated_at = clock_timestamp(),
    fraction = CASE WHEN $3 = 'done' THEN 1 ELSE fraction END,
    finished_at = CASE WHEN $3 = 'done' THEN clock_timestamp() END
WHERE id = $1 AND epoch = $2
