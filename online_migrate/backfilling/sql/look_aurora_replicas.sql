-- Readers of an Aurora cluster; they are not in pg_stat_replication. The writer itself is among the rows.
SELECT server_id::text AS name,
       NULL::bigint AS position,
       replica_lag_in_msec::float8 / 1000 AS lag_s,
       false AS hidden,
       true AS shared
FROM pg_catalog.aurora_replica_status()
WHERE session_id <> 'MASTER_SESSION_ID'
ORDER BY server_id
