-- Which of the relations exist and can be locked by LOCK TABLE by this role (not views: that would lock what they read).
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
WHERE c.relkind IN ('r', 'p')
    AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
