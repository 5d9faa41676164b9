INSERT INTO online_migrate.deploy (plan_hash, plan, current, target, state, phase, engine_version)
VALUES (%(plan_hash)s, %(plan)s::jsonb, %(current)s, %(target)s, 'running', %(phase)s, %(engine_version)s)
RETURNING id
