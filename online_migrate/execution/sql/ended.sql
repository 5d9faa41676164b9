SELECT
    step_id,
    at,
    (detail ->> 'pid')::int AS pid,
    detail ->> 'user' AS "user",
    detail ->> 'application_name' AS application_name,
    detail ->> 'state' AS state,
    (detail ->> 'age_s')::float8 AS age_s,
    coalesce(detail ->> 'query', '') AS query
FROM online_migrate.event
WHERE deploy_id = %(deploy_id)s AND event = 'session_ended'
ORDER BY id
