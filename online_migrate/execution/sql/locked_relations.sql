-- Relations of this database that some session has to itself.
SELECT DISTINCT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND l.mode = 'AccessExclusiveLock'
    AND l.granted
    AND l.pid IS DISTINCT FROM pg_backend_pid()
