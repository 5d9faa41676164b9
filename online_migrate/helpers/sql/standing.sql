-- What decides whether a statement on one table may be run by connections of our own.
SELECT
    c.oid IS NOT NULL AS known,
    EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation = c.oid
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
            AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
    ) AS changed,
    current_user = session_user AS same_role,
    CASE
        WHEN pg_catalog.to_regclass('online_migrate.deploy') IS NULL
            THEN pg_catalog.has_database_privilege(current_database(), 'CREATE')
        ELSE pg_catalog.has_schema_privilege('online_migrate', 'USAGE')
            AND pg_catalog.has_table_privilege('online_migrate.deploy', 'INSERT, UPDATE')
    END AS may_journal,
    pg_catalog.current_schemas(false)::text[] AS search_path
FROM (SELECT pg_catalog.to_regclass(CAST(:name AS text)) AS oid) AS c
