WITH finished AS (
    DELETE FROM online_migrate.backfill_window WHERE backfill = $1 RETURNING rows_done
)
UPDATE online_migrate.backfill AS b SET rows_done = b.rows_done + (SELECT coalesce(sum(rows_done), 0) FROM finished)
WHERE b.id = $1
