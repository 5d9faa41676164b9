WITH free AS (
    SELECT w.backfill, w.seq, b.pass, b.start_xid
    FROM online_migrate.backfill_window w JOIN online_migrate.backfill b ON b.id = w.backfill
    WHERE w.backfill = $1 AND b.state = 'running' AND (w.worker IS NULL OR w.lease_until < clock_timestamp())
    ORDER BY w.stripes_done, w.seq LIMIT 1
    FOR UPDATE OF w SKIP LOCKED
)
UPDATE online_migrate.backfill_window AS w
SET epoch = w.epoch + 1, worker = $2, lease_until = clock_timestamp() + make_interval(secs => $3::float8)
FROM free WHERE w.backfill = free.backfill AND w.seq = free.seq
RETURNING w.seq, w.epoch, free.pass AS pass_number, free.start_xid::xid::text AS start_xid, batches, first_block, end_block, next_block, stripes_done, after_key, upper_key
