SELECT coalesce(n_tup_hot_upd / nullif(n_tup_upd, 0)::float8, 0) FROM pg_stat_user_tables WHERE relname = 'account'
