SELECT id, plan_hash, plan::text AS plan_json, current, target, state, phase, started_at, finished_at, engine_version
FROM online_migrate.deploy
WHERE state = ANY (%(states)s)
ORDER BY id
