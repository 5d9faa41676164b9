WITH finished AS (
    DELETE FROM online_migrate.backfill_window WHERE backfill = $1 RETURNING *
)
UPDATE online_migrate.backfill AS b
SET rows_done = b.rows_done + f.rows_done, rows_hot = b.rows_hot + f.rows_hot, wal_bytes = b.wal_bytes + f.wal_bytes,
    rows_walked = 0
FROM (SELECT coalesce(sum(rows_done), 0) AS rows_done, coalesce(sum(rows_hot), 0) AS rows_hot,
             coalesce(sum(wal_bytes), 0) AS wal_bytes FROM finished) AS f
WHERE b.id = $1
