-- A slot that is lost keeps no WAL any more, and holding back would not bring it back.
SELECT slot_name::text AS name,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint AS bytes,
       wal_status = 'unreserved' AS unreserved,
       (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size') AS keep_mb
FROM pg_catalog.pg_replication_slots
WHERE restart_lsn IS NOT NULL AND wal_status <> 'lost'
ORDER BY bytes DESC
