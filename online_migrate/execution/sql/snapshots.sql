-- Transactions that a concurrent index build would wait for: those with an old snapshot in this database
-- (WaitForOlderSnapshots passes over vacuum), and those that hold a writer's lock on the table (WaitForLockers).
-- Replication slots and standbys hold back vacuum, not this.
WITH tables AS (
    SELECT c.oid, w.schema, w.name
    FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
), writers AS (
    SELECT DISTINCT ON (l.pid, l.virtualtransaction) l.pid, l.virtualtransaction, l.mode, t.schema, t.name
    FROM tables AS t
    JOIN pg_catalog.pg_locks AS l ON l.locktype = 'relation' AND l.relation = t.oid AND l.granted
    WHERE l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        AND l.mode IN (
            'RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
            'AccessExclusiveLock'
        )
)
SELECT
    a.pid,
    coalesce(a.usename::text, a.backend_type, '') AS "user",
    coalesce(nullif(a.application_name, ''), a.backend_type, '') AS application_name,
    coalesce(a.state, a.backend_type, '') AS state,
    left(coalesce(a.query, ''), 200) AS query,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age_s,
    w.schema,
    w.name,
    replace(w.mode, 'Lock', '') AS mode
FROM pg_catalog.pg_stat_activity AS a
LEFT JOIN writers AS w ON w.pid = a.pid
WHERE a.datname = current_database()
    AND a.pid <> pg_backend_pid()
    AND a.xact_start < clock_timestamp() - make_interval(secs => %(young_s)s::float8)
    AND (w.pid IS NOT NULL OR (a.backend_xmin IS NOT NULL AND a.backend_type <> 'autovacuum worker'))
UNION ALL
SELECT 0, p.owner::text, '', 'prepared transaction', left(p.gid, 200),
    extract(epoch FROM clock_timestamp() - p.prepared)::float8, w.schema, w.name, replace(w.mode, 'Lock', '')
FROM pg_catalog.pg_prepared_xacts AS p
JOIN pg_catalog.pg_locks AS x ON x.pid IS NULL AND x.locktype = 'transactionid' AND x.transactionid = p.transaction
JOIN writers AS w ON w.pid IS NULL AND w.virtualtransaction = x.virtualtransaction
WHERE p.database = current_database()
