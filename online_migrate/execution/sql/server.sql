SELECT
    pg_catalog.version() AS version,
    pg_catalog.pg_is_in_recovery() AS standby,
    current_setting('default_transaction_read_only')::boolean AS read_only,
    EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus') AS citus,
    current_user::text AS role,
    current_database()::text AS database,
    pg_catalog.has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
    (
        SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')
            AND coalesce(pg_catalog.has_table_privilege(c.oid, 'INSERT'), true)
        FROM pg_catalog.pg_namespace AS n
        LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'deploy'
        WHERE n.nspname = 'online_migrate'
    ) AS may_use_schema
