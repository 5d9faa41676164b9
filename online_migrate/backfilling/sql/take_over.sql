INSERT INTO online_migrate.backfill AS b
    (deploy_id, step, relation, method, relid, filenode, next_block, end_block, rows_total, epoch)
VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7::bigint IS NOT NULL THEN 0 END, $7, $8, 1)
ON CONFLICT (deploy_id, step) DO UPDATE
SET epoch = b.epoch + 1,
    state = CASE WHEN b.state IN ('done', 'undoing', 'verifying') THEN b.state ELSE 'running' END,
    reason = NULL,
    updated_at = clock_timestamp()
RETURNING id, epoch, state, relid, filenode, pass AS pass_number, end_block, rows_total
