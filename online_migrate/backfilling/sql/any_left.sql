SELECT state = 'running' AND (
    coalesce(next_block < end_block, false)
    OR EXISTS (SELECT FROM online_migrate.backfill_window AS w WHERE w.backfill = b.id)
)
FROM online_migrate.backfill AS b WHERE id = $1
