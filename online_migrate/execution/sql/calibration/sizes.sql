SELECT c.relname::text AS name, c.reltuples::bigint AS rows, pg_relation_size(c.oid) AS bytes
FROM pg_catalog.pg_class AS c
WHERE c.oid IN ('online_migrate.calibration_short'::regclass, 'online_migrate.calibration_long'::regclass)
ORDER BY c.relname DESC
