SELECT s.name, s.sha256
FROM online_migrate.script AS s
JOIN online_migrate.deploy AS d ON d.id = s.deploy_id
WHERE d.state <> 'aborted'
ORDER BY s.applied_at, s.name
