SELECT checkpoints_req AS forced FROM pg_catalog.pg_stat_bgwriter
