-- Sessions that hold, or wait for, a lock that conflicts with one of the wanted ones; one row per session.
WITH wanted AS (
    SELECT c.oid AS relation, w.schema, w.name, w.mode
    FROM unnest(%(schemas)s::text[], %(names)s::text[], %(modes)s::text[]) AS w (schema, name, mode)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
)
SELECT DISTINCT ON (l.pid, l.virtualtransaction)
    coalesce(l.pid, 0) AS pid,
    coalesce(a.usename::text, p.owner::text, a.backend_type, '') AS "user",
    coalesce(nullif(a.application_name, ''), a.backend_type, '') AS application_name,
    CASE WHEN p.gid IS NOT NULL THEN 'prepared transaction' ELSE coalesce(a.state, a.backend_type, '') END AS state,
    left(coalesce(p.gid, a.query, ''), 200) AS query,
    greatest(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared, clock_timestamp())), 0)::float8
        AS age_s,
    w.schema,
    w.name,
    w.mode
FROM wanted AS w
JOIN pg_catalog.pg_locks AS l
    ON l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND l.relation = w.relation
    AND l.mode = w.mode || 'Lock'
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
-- A prepared transaction has no session; what leads to its name is its lock on its own transaction id.
LEFT JOIN pg_catalog.pg_locks AS x
    ON l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid' AND x.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
WHERE l.pid IS DISTINCT FROM pg_backend_pid()
    -- A young transaction comes and goes all the time on a busy table: lock_timeout is enough against it.
    -- Autovacuum would be ended by our queueing only after deadlock_timeout, so its age does not matter.
    AND (
        coalesce(a.backend_type, '') = 'autovacuum worker'
        OR coalesce(a.xact_start, p.prepared, '-infinity')
            < clock_timestamp() - make_interval(secs => %(young_s)s::float8)
    )
ORDER BY l.pid, l.virtualtransaction
