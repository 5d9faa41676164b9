SELECT
    slot_name::text AS name,
    slot_type AS type,
    active,
    coalesce(wal_status, '') = 'lost' AS lost,
    coalesce(pg_catalog.pg_size_pretty(
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)), 'an unknown amount') AS kept,
    database IS NOT DISTINCT FROM current_database() AS here
FROM pg_catalog.pg_replication_slots
ORDER BY 1
