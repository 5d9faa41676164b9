SELECT
    pg_catalog.version() AS version,
    pg_catalog.pg_is_in_recovery() AS standby,
    EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus') AS citus,
    current_user::text AS role,
    current_database()::text AS database,
    pg_catalog.has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
    (SELECT pg_catalog.has_schema_privilege(oid, 'CREATE, USAGE') FROM pg_catalog.pg_namespace
        WHERE nspname = 'online_migrate') AS may_use_schema
