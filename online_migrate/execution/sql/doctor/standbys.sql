-- Without the right to read all statistics the rows are there, but all of them empty.
SELECT
    coalesce(nullif(application_name, ''), client_addr::text, 'unnamed') AS name,
    state IS NOT NULL AS readable,
    coalesce(extract(epoch FROM replay_lag), 0)::float8 AS lag_s
FROM pg_catalog.pg_stat_replication
ORDER BY 1
