WITH free AS (
    SELECT w.backfill, w.seq
    FROM online_migrate.backfill_window w JOIN online_migrate.backfill b ON b.id = w.backfill
    WHERE w.backfill = $1 AND b.state = 'running' AND (w.worker IS NULL OR w.lease_until < clock_timestamp())
    ORDER BY w.stripes_done, w.seq LIMIT 1
    FOR UPDATE OF w SKIP LOCKED
)
UPDATE online_migrate.backfill_window AS w
SET epoch = w.epoch + 1, worker = $2, lease_until = clock_timestamp() + make_interval(secs => $3::float8)
FROM free WHERE w.backfill = free.backfill AND w.seq = free.seq
RETURNING w.seq, w.epoch, batches, first_block, end_block, next_block, stripes_done, after_key, upper_key
