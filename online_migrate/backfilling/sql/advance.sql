-- The storage is looked at after the rows were changed: the lock that took keeps it as it is until the commit.
UPDATE online_migrate.backfill_window AS w
SET batches = w.batches + 1, next_block = $5, stripes_done = $6, after_key = $7,
    rows_done = w.rows_done + $8, rows_walked = w.rows_walked + $9
FROM online_migrate.backfill AS b
WHERE b.id = w.backfill AND (b.filenode IS NULL OR b.filenode = pg_relation_filenode(b.relid))
  AND w.backfill = $1 AND w.seq = $2 AND w.epoch = $3 AND w.batches = $4
