-- Physical replicas. A receiver that replays nothing (pg_receivewal) counts by what it has; a base backup is none.
-- A logical subscriber takes its time by design: its slot's limit is the limit for it.
SELECT coalesce(nullif(r.application_name, ''), 'pid ' || r.pid) AS name,
       pg_wal_lsn_diff(coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn), '0/0')::bigint AS position,
       extract(epoch FROM r.replay_lag)::float8 AS lag_s,
       r.state IS NULL AS hidden
FROM pg_catalog.pg_stat_replication AS r
LEFT JOIN pg_catalog.pg_replication_slots AS s ON s.active_pid = r.pid
WHERE r.state IS DISTINCT FROM 'backup' AND s.slot_type IS DISTINCT FROM 'logical'
ORDER BY r.pid
