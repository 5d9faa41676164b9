INSERT INTO online_migrate.control AS c (deploy_id, desired, reason, set_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (deploy_id) DO UPDATE
SET desired = excluded.desired, reason = excluded.reason, set_by = excluded.set_by, set_at = clock_timestamp()
