SELECT to_regproc('pg_catalog.aurora_replica_status') IS NOT NULL
