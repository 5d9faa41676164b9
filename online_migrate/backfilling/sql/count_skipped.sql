-- A row that is met again in a later pass counts once.
SELECT count(*) FROM (
    SELECT key FROM online_migrate.bad_row WHERE backfill = $1 AND skipped
    UNION SELECT jsonb_array_elements($2::jsonb)
) AS row
