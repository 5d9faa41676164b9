-- What the connected role may do beside changing its own tables.
SELECT
    current_user::text AS role,
    r.rolsuper AS superuser,
    pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions,
    pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS ends_sessions
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = current_user
