SELECT coalesce(r.duty, 1)::float8 AS duty, r.workers, r.held, r.slowed,
       (SELECT min((s ->> 'until')::bigint) FROM jsonb_array_elements(r.signals) AS s) AS wal_until,
       extract(epoch FROM clock_timestamp() - r.ruled_at)::float8 AS age_s,
       coalesce(c.desired, 'run') AS desired, c.reason, coalesce(c.set_by, '') AS set_by,
       CASE WHEN coalesce(c.throttle_until, 'infinity') > clock_timestamp()
            THEN coalesce(c.throttle_ratio, 0) ELSE 0 END::float8 AS throttle_ratio,
       c.throttle_until
FROM online_migrate.backfill AS b
LEFT JOIN online_migrate.ruling AS r ON r.backfill = b.id
LEFT JOIN online_migrate.control AS c ON c.deploy_id = b.deploy_id
WHERE b.id = $1
