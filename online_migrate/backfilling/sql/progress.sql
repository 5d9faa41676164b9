SELECT b.step, b.state, b.reason, b.method, b.rows_total, b.end_block AS blocks_total,
       b.fraction::float8 AS fraction, b.rows_per_s::float8 AS rows_per_s,
       b.rate_low::float8 AS rate_low, b.rate_high::float8 AS rate_high,
       b.rows_done + w.rows_done AS rows_done, b.rows_hot + w.rows_hot AS rows_hot, b.wal_bytes + w.wal_bytes AS wal_bytes,
       w.workers, coalesce(c.desired = 'pause', false) AS paused,
       r.duty::float8 AS duty, r.held, r.slowed, coalesce(r.signals, '[]') AS signals,
       extract(epoch FROM clock_timestamp() - r.ruled_at)::float8 AS ruling_age_s
FROM online_migrate.backfill AS b
LEFT JOIN online_migrate.ruling AS r ON r.backfill = b.id
LEFT JOIN online_migrate.control AS c ON c.deploy_id = b.deploy_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(rows_done), 0)::bigint AS rows_done, coalesce(sum(rows_hot), 0)::bigint AS rows_hot,
           coalesce(sum(wal_bytes), 0)::bigint AS wal_bytes,
           coalesce(array_agg(DISTINCT worker ORDER BY worker) FILTER (WHERE lease_until > clock_timestamp()), '{}')
               AS workers
    FROM online_migrate.backfill_window WHERE backfill = b.id
) AS w
WHERE b.deploy_id = $1
ORDER BY b.id
