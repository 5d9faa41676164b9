SELECT n_dead_tup AS dead, n_live_tup AS live FROM pg_catalog.pg_stat_all_tables WHERE relid = $1
