SELECT obj_description(to_regclass('online_migrate.backfill'), 'pg_class')
