SELECT step, state, reason, rows_total, fraction::float8 AS fraction, rows_per_s::float8 AS rows_per_s,
       rate_low::float8 AS rate_low, rate_high::float8 AS rate_high,
       (rows_done + coalesce((SELECT sum(w.rows_done) FROM online_migrate.backfill_window w WHERE w.backfill = b.id), 0)
       )::bigint AS rows_done
FROM online_migrate.backfill b WHERE deploy_id = $1 ORDER BY id
