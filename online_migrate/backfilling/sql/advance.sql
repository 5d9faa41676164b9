-- The storage is looked at after the rows were changed: the lock that took keeps it as it is until the commit.
UPDATE online_migrate.backfill_window AS w
SET batches = w.batches + 1, next_block = $9, stripes_done = $10, after_key = $11,
    rows_done = w.rows_done + $5, rows_walked = w.rows_walked + $6,
    rows_hot = w.rows_hot + coalesce(pg_stat_get_xact_tuples_hot_updated(b.relid), 0) - $7,
    wal_bytes = w.wal_bytes + (pg_current_wal_insert_lsn() - $8::pg_lsn)::bigint,
    worker = CASE WHEN NOT $12 THEN w.worker END,
    lease_until = CASE WHEN NOT $12 THEN clock_timestamp() + make_interval(secs => $13::float8) END
FROM online_migrate.backfill AS b
WHERE b.id = w.backfill AND (b.filenode IS NULL OR b.filenode = pg_relation_filenode(b.relid))
  AND w.backfill = $1 AND w.seq = $2 AND w.epoch = $3 AND w.batches = $4
RETURNING coalesce(pg_stat_get_xact_tuples_hot_updated(b.relid), 0) - $7
