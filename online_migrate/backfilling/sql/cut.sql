-- Epochs of windows of different passes are never the same.
WITH range AS (
    SELECT id, pass, next_block, least(next_block + $3::bigint * $4, end_block) AS cut_block
    FROM online_migrate.backfill WHERE id = $1 AND epoch = $2 AND next_block < end_block
    FOR UPDATE
), moved AS (
    UPDATE online_migrate.backfill AS b SET next_block = range.cut_block FROM range WHERE b.id = range.id
)
INSERT INTO online_migrate.backfill_window (backfill, seq, epoch, first_block, end_block, next_block)
SELECT range.id, first_block, range.pass::bigint << 32, first_block, least(first_block + $3, range.cut_block), first_block
FROM range, generate_series(range.next_block, range.cut_block - 1, $3::bigint) AS first_block
