SELECT num_requested AS forced FROM pg_catalog.pg_stat_checkpointer
