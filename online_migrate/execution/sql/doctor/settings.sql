-- Settings in force in a fresh session of this role that bear on a deploy, and where each was set.
SELECT name, setting, coalesce(unit, '') AS unit, source
FROM pg_catalog.pg_settings
WHERE name IN (
    'default_transaction_read_only', 'session_replication_role', 'track_counts', 'transaction_timeout',
    'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'
)
ORDER BY name
