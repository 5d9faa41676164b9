-- A session's counts are handed on at most once a second, so the difference is taken, not the count.
SELECT coalesce(pg_stat_get_xact_tuples_hot_updated($1), 0)::bigint AS hot, pg_current_wal_insert_lsn()::text AS lsn
