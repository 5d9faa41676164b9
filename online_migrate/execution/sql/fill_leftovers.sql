-- Triggers of ours, check constraints of ours that only stood in for a NOT NULL, and columns of ours that stand beside
-- another, on the given tables; in the order in which they can be dropped.
SELECT w.schema, w.name, 'trigger' AS type, t.tgname::text AS object
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid AND t.tgparentid = 0
WHERE starts_with(t.tgname::text, 'zz_online_migrate_') OR starts_with(t.tgname::text, '00_online_migrate_')
    OR starts_with(t.tgname::text, 'online_migrate_')
UNION ALL
SELECT w.schema, w.name, 'constraint', k.conname::text
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'c'
WHERE starts_with(k.conname::text, 'online_migrate_') OR starts_with(k.conname::text, 'zz_online_migrate_')
UNION ALL
SELECT w.schema, w.name, 'column', a.attname::text
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p')
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
WHERE starts_with(a.attname::text, 'online_migrate_')
ORDER BY 1, 2, 3 DESC, 4
