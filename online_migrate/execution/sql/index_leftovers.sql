-- The index itself when it is not valid, and the transient copies that REINDEX CONCURRENTLY leaves (name_ccnew, name_ccnew1).
-- `builder` is a session that is still at work on it: an orphan of a client that died.
SELECT n.nspname::text AS schema, c.relname::text AS name, b.pid AS builder
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index AS b ON b.index_relid = i.indexrelid
WHERE n.nspname = %(schema)s
    AND NOT i.indisvalid
    AND c.relkind = 'i'
    AND (
        c.relname = %(name)s
        OR starts_with(c.relname::text, %(name)s || '_ccnew')
        OR starts_with(c.relname::text, %(name)s || '_ccold')
    )
ORDER BY c.relname
