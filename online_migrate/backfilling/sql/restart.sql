UPDATE online_migrate.backfill
SET relid = $3, filenode = $4, next_block = CASE WHEN $5::bigint IS NOT NULL THEN 0 END, end_block = $5, pass = pass + 1,
    state = 'running', updated_at = clock_timestamp()
WHERE id = $1 AND epoch = $2
RETURNING id, epoch, state, relid, filenode, pass AS pass_number, end_block, rows_total
