WITH finished AS (
    DELETE FROM online_migrate.backfill_window WHERE backfill = $1 AND seq = $2 RETURNING rows_done
)
UPDATE online_migrate.backfill AS b SET rows_done = b.rows_done + finished.rows_done
FROM finished WHERE b.id = $1
