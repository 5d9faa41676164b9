SELECT id, epoch, state, relid, filenode, pass AS pass_number, end_block, rows_total
FROM online_migrate.backfill WHERE id = $1 FOR UPDATE
