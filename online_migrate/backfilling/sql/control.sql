SELECT desired, throttle_ratio::float8 AS throttle_ratio, throttle_until, reason, set_by, set_at,
       throttle_ratio > 0 AND coalesce(throttle_until, 'infinity') > clock_timestamp() AS throttled
FROM online_migrate.control WHERE deploy_id = $1
