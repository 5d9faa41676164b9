SELECT b.rows_done + coalesce((SELECT sum(w.rows_done) FROM online_migrate.backfill_window w WHERE w.backfill = b.id), 0)
FROM online_migrate.backfill b WHERE b.id = $1
