INSERT INTO online_migrate.control AS c (deploy_id, throttle_ratio, throttle_until, set_by)
VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3::float8), $4)
ON CONFLICT (deploy_id) DO UPDATE
SET throttle_ratio = excluded.throttle_ratio, throttle_until = excluded.throttle_until
