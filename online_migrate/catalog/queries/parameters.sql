-- One row, from PostgreSQL 15 on: settings that only a superuser may change unless the right was granted.
SELECT has_parameter_privilege('session_replication_role', 'SET') AS silences_triggers
