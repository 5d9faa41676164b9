INSERT INTO online_migrate.event (deploy_id, step_id, event, detail)
SELECT %(deploy_id)s, %(step_id)s, %(event)s, %(detail)s::jsonb
FROM online_migrate.lease
WHERE epoch = %(epoch)s
FOR KEY SHARE
RETURNING deploy_id
