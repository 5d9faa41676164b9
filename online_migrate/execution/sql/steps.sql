SELECT step_id, phase, position, kind, state, attempts, started_at, finished_at, waited_ms, held_ms, blockers
FROM online_migrate.step
WHERE deploy_id = %(deploy_id)s
ORDER BY position
