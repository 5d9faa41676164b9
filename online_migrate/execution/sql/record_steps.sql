INSERT INTO online_migrate.step (deploy_id, step_id, position, phase, kind)
SELECT %(deploy_id)s, s.step_id, s.position, s.phase, s.kind
FROM unnest(%(step_ids)s::text[], %(positions)s::int[], %(phases)s::text[], %(kinds)s::text[])
    AS s (step_id, position, phase, kind)
