SELECT step, state, reason, rows_done, rows_total, fraction::float8 AS fraction, rows_per_s::float8 AS rows_per_s,
    rate_low::float8 AS rate_low, rate_high::float8 AS rate_high
FROM online_migrate.backfill
WHERE deploy_id = %(deploy_id)s
