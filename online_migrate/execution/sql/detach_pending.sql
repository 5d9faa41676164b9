SELECT pn.nspname::text AS parent_schema, p.relname::text AS parent, cn.nspname::text AS child_schema, c.relname::text AS child
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace AS pn ON pn.nspname = w.schema
JOIN pg_catalog.pg_class AS p ON p.relnamespace = pn.oid AND p.relname = w.name
JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid AND i.inhdetachpending
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
