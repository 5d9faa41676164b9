-- Tables that a backfill of the deploy has walked, that are still there, and that have nothing under their name then.
SELECT named.relation, n.nspname::text AS schema, c.relname::text AS name
FROM unnest($2::text[], $3::text[], $4::text[]) AS named (schema, name, relation)
JOIN online_migrate.backfill b ON b.deploy_id = $1 AND b.relation = named.relation
JOIN pg_class c ON c.oid = b.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (
    SELECT FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace
    WHERE s.nspname = named.schema AND t.relname = named.name
)
LIMIT 1
