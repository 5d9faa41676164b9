-- What a row filler must know of every table, as JSON.
SELECT c.oid::int AS oid, n.nspname AS schema, c.relname AS name,
    (SELECT jsonb_agg(jsonb_build_object(
        'name', a.attname, 'number', a.attnum, 'not_null', a.attnotnull OR t.typnotnull,
        'type', coalesce(base.typname, t.typname), 'element', element.typname,
        'length', CASE WHEN coalesce(base.typname, t.typname) IN ('varchar', 'bpchar') AND greatest(a.atttypmod, t.typtypmod) > 4
                       THEN greatest(a.atttypmod, t.typtypmod) - 4 END,
        'digits', CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4 THEN ((a.atttypmod - 4) >> 16) - ((a.atttypmod - 4) & 65535) END,
        'labels', (SELECT jsonb_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)) ORDER BY a.attname)
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type base ON base.oid = NULLIF(t.typbasetype, 0)
     LEFT JOIN pg_type element ON element.oid = NULLIF(t.typelem, 0) AND t.typcategory = 'A'
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('columns', k.conkey, 'parent', k.confrelid::int,
        'parent_columns', (SELECT jsonb_agg(a.attname ORDER BY p.position) FROM unnest(k.confkey) WITH ORDINALITY p (number, position)
                           JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number)) ORDER BY k.conname), '[]')
     FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') AS foreign_keys,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('columns', k.conkey, 'expression', pg_get_expr(k.conbin, k.conrelid)) ORDER BY k.conname), '[]')
     FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks,
    (SELECT coalesce(jsonb_agg(i.indkey::int[] ORDER BY i.indexrelid::regclass::text), '[]') FROM pg_index i
     WHERE i.indrelid = c.oid AND i.indisunique) AS unique_keys
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'online_migrate')
  AND c.relname <> 'alembic_version'
ORDER BY n.nspname, c.relname
