-- Ends those of the sessions that the order covers, and says of each what became of it.
-- Looked at again here, in one statement with the signal: since it was seen it may have gone back to work.
SELECT
    a.pid,
    coalesce(a.query, '') AS query,
    current_user::text AS role,
    CASE
        WHEN a.application_name LIKE 'online-migrate: %%' THEN 'ours'
        WHEN a.backend_type = 'autovacuum worker' THEN 'autovacuum'
        WHEN a.backend_type <> 'client backend' THEN 'server'
        -- The server hides what a session does from those who are neither of its role nor of pg_read_all_stats.
        WHEN a.state IS NULL THEN 'hidden'
        WHEN a.state NOT LIKE 'idle in transaction%%' AND NOT %(active)s THEN 'active'
        WHEN CASE WHEN %(active)s THEN a.xact_start ELSE a.state_change END
            > clock_timestamp() - make_interval(secs => %(after_s)s::float8) THEN 'young'
        WHEN NOT own.rolsuper AND (
            coalesce(theirs.rolsuper, true)
            OR NOT (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
        ) THEN 'not allowed'
        WHEN pg_terminate_backend(a.pid) THEN 'ended'
        ELSE 'gone'
    END AS verdict
FROM pg_catalog.pg_stat_activity AS a
JOIN pg_catalog.pg_roles AS own ON own.rolname = current_user
LEFT JOIN pg_catalog.pg_roles AS theirs ON theirs.oid = a.usesysid
WHERE a.pid = ANY (%(pids)s)
