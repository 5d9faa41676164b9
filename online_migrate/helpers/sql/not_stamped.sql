-- Deploys of helpers that are done, in a run whose revision never came to its end.
SELECT d.id, d.plan::text
FROM online_migrate.deploy d
WHERE d.state = 'done' AND d.current = %(heads)s AND d.target = %(heads)s
    AND NOT EXISTS (SELECT FROM online_migrate.event e WHERE e.deploy_id = d.id AND e.event = 'stamped')
ORDER BY d.id
