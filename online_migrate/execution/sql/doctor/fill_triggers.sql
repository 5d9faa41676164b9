SELECT n.nspname::text AS schema, c.relname::text AS name, t.tgname::text AS trigger
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE t.tgparentid = 0 AND starts_with(t.tgname::text, 'zz_online_migrate_')
ORDER BY 1, 2, 3
