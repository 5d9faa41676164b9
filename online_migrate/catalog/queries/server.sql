-- One row: the server, the session, and what tells one flavour of PostgreSQL from another.
-- Runs before search_path is narrowed for the other queries.
SELECT current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int AS server_version_num,
       version() AS version,
       to_regproc('pg_catalog.aurora_version') IS NOT NULL AS aurora,
       current_database()::text AS database,
       current_user::text AS "user",
       current_setting('TimeZone') AS timezone,
       current_schemas(false)::text[] AS search_path,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
       pg_is_in_recovery() AS in_recovery,
       (SELECT count(*) FROM pg_stat_replication) AS replicas,
       (SELECT count(*) FROM pg_replication_slots
         WHERE slot_type = 'logical' AND database = current_database()) AS logical_slots,
       -- Never reset, PostgreSQL 15 and newer give NULL for the database: then they are as old as the server's own.
       extract(epoch FROM clock_timestamp() - coalesce(
         (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
         (SELECT stats_reset FROM pg_stat_bgwriter)))::float8 AS statistics_s,
       pg_size_bytes(current_setting('effective_cache_size')) AS cache_bytes,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'online_migrate' AND c.relname = 'rates'
                  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AS calibrated,
       ARRAY(SELECT extname::text FROM pg_extension ORDER BY 1) AS extensions,
       ARRAY(SELECT nspname::text FROM pg_namespace
              WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
                AND nspname !~ '^pg_(toast|temp)' ORDER BY 1) AS schemas
