SELECT n.nspname::text, c.relname::text
FROM pg_namespace rn JOIN pg_class r ON r.relnamespace = rn.oid, pg_partition_tree(r.oid) t
JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE rn.nspname = $1 AND r.relname = $2 AND t.isleaf AND c.relkind = 'r'
ORDER BY 1, 2
