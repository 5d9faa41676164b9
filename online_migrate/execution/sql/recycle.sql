-- Ends some idle sessions of the application that are older than the steps, and says of each what became of it.
WITH stale AS (
    SELECT
        a.pid,
        CASE
            -- The server hides what a session does from those who are neither of its role nor of pg_read_all_stats.
            WHEN a.state IS NULL THEN 'refused'
            WHEN NOT own.rolsuper AND (
                coalesce(theirs.rolsuper, true)
                OR NOT (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
            ) THEN 'refused'
            WHEN a.state <> 'idle' THEN 'at work'
            ELSE 'idle'
        END AS verdict
    FROM pg_catalog.pg_stat_activity AS a
    JOIN pg_catalog.pg_roles AS own ON own.rolname = current_user
    LEFT JOIN pg_catalog.pg_roles AS theirs ON theirs.oid = a.usesysid
    WHERE a.datname = current_database()
        AND coalesce(a.backend_type, 'client backend') = 'client backend'
        AND a.application_name LIKE %(pattern)s
        AND a.application_name NOT LIKE 'online-migrate: %%'
        AND coalesce(a.backend_start, '-infinity') < (
            SELECT max(finished_at)
            FROM online_migrate.step
            WHERE deploy_id = %(deploy_id)s AND step_id = ANY (%(step_ids)s) AND state = 'done'
        )
), few AS MATERIALIZED (
    SELECT pid FROM stale WHERE verdict = 'idle' ORDER BY pid LIMIT %(limit)s
)
SELECT
    (SELECT count(*) FROM few WHERE pg_terminate_backend(pid)) AS ended,
    count(*) FILTER (WHERE verdict = 'idle') AS idle,
    count(*) FILTER (WHERE verdict = 'at work') AS at_work,
    count(*) FILTER (WHERE verdict = 'refused') AS refused
FROM stale
