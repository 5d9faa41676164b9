-- Who keeps dead rows of this database from being removed: the oldest of all snapshots but ours.
-- A VACUUM looks like one and is none.
SELECT held.xmin::text, held.by
FROM (
    SELECT CASE WHEN age(a.backend_xid) > age(a.backend_xmin) THEN a.backend_xid
                ELSE coalesce(a.backend_xmin, a.backend_xid) END AS xmin,
           'pid ' || a.pid || ' of ' || a.usename || coalesce(', ' || nullif(a.application_name, ''), '')
               || coalesce(', ' || a.state, '') AS by
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend'
      AND a.pid <> pg_backend_pid() AND NOT starts_with(a.application_name, 'online-migrate: ')
      AND a.pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_progress_vacuum)
    UNION ALL
    SELECT transaction, 'prepared transaction ' || gid FROM pg_catalog.pg_prepared_xacts
    WHERE database = current_database()
    UNION ALL
    SELECT xmin, 'replication slot ' || slot_name FROM pg_catalog.pg_replication_slots
    UNION ALL
    SELECT backend_xmin, 'replica ' || coalesce(nullif(application_name, ''), 'pid ' || pid)
    FROM pg_catalog.pg_stat_replication
) AS held
WHERE held.xmin IS NOT NULL
ORDER BY age(held.xmin) DESC LIMIT 1
