WITH batch AS (
    SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE
), changed AS (
    UPDATE account SET points = visits * 10
    FROM batch WHERE account.id = batch.id
    RETURNING account.id
)
SELECT count(*), max(id) FROM changed
