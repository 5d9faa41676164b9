SELECT (b.rows_done + coalesce(sum(w.rows_done), 0))::bigint AS rows_done,
       (b.rows_walked + coalesce(sum(w.rows_walked), 0))::bigint AS rows_walked,
       (coalesce(b.next_block - coalesce(sum(w.end_block - w.first_block), 0), 0) * $2::bigint
        + coalesce(sum(w.stripes_done * (w.end_block - w.first_block) + w.next_block - w.first_block), 0)
       )::bigint AS block_stripes
FROM online_migrate.backfill b
LEFT JOIN online_migrate.backfill_window w ON w.backfill = b.id
WHERE b.id = $1
GROUP BY b.id
