INSERT INTO online_migrate.script (name, sha256, deploy_id)
VALUES (%(name)s, %(sha256)s, %(deploy_id)s)
ON CONFLICT (name, sha256) DO UPDATE SET deploy_id = excluded.deploy_id, applied_at = clock_timestamp()
