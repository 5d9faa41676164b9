-- The last batch of a window. The storage is looked at as in advance.sql.
WITH finished AS (
    DELETE FROM online_migrate.backfill_window AS w USING online_migrate.backfill AS b
    WHERE b.id = w.backfill AND (b.filenode IS NULL OR b.filenode = pg_relation_filenode(b.relid))
      AND w.backfill = $1 AND w.seq = $2 AND w.epoch = $3 AND w.batches = $4
    RETURNING w.rows_done + $5 AS rows_done, w.rows_walked + $6 AS rows_walked,
              w.rows_hot, coalesce(pg_stat_get_xact_tuples_hot_updated(b.relid), 0) - $7 AS batch_hot,
              w.wal_bytes + (pg_current_wal_insert_lsn() - $8::pg_lsn)::bigint AS wal_bytes
)
UPDATE online_migrate.backfill AS b
SET rows_done = b.rows_done + finished.rows_done, rows_walked = b.rows_walked + finished.rows_walked,
    rows_hot = b.rows_hot + finished.rows_hot + finished.batch_hot, wal_bytes = b.wal_bytes + finished.wal_bytes
FROM finished WHERE b.id = $1
RETURNING finished.batch_hot
