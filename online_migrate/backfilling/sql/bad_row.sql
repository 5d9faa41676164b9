INSERT INTO online_migrate.bad_row (backfill, key, sqlstate, message, skipped)
SELECT $1, $2::jsonb, $3, $4, $5
WHERE NOT EXISTS (SELECT FROM online_migrate.bad_row WHERE backfill = $1 AND key = $2::jsonb AND skipped = $5)
