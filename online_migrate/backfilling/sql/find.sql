SELECT id, epoch, state, relid, filenode, pass AS pass_number, end_block, rows_total
FROM online_migrate.backfill WHERE deploy_id = $1 AND step = $2
