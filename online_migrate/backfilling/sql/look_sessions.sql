-- Sessions of others. What a role may not see of a session is NULL, its kind included.
SELECT count(*) FILTER (WHERE state = 'active') AS active,
       count(*) FILTER (WHERE state = 'active' OR state_change > clock_timestamp() - interval '2 s') AS busy,
       count(*) FILTER (WHERE state IS NULL) AS hidden
FROM pg_catalog.pg_stat_activity
WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
  AND pid <> pg_backend_pid() AND NOT starts_with(coalesce(application_name, ''), 'online-migrate: ')
