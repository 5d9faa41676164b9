INSERT INTO online_migrate.bad_row (backfill, key, sqlstate, message) VALUES ($1, $2, $3, $4)
