SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS position,
       (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size') AS segment_bytes,
       current_setting('archive_mode') <> 'off' AS archiving,
       last_archived_wal, last_failed_wal,
       last_failed_time > coalesce(last_archived_time, '-infinity') IS TRUE AS failing
FROM pg_catalog.pg_stat_archiver
