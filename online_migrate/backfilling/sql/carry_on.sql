-- The row is there for as long as the deploy, so that in psql an UPDATE is enough; an old order to leave off is done.
INSERT INTO online_migrate.control AS c (deploy_id) VALUES ($1)
ON CONFLICT (deploy_id) DO UPDATE SET desired = 'run', reason = NULL, set_at = clock_timestamp()
WHERE c.desired = 'cancel'
