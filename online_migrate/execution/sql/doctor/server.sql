-- Which server it is, and whose. Hosts are told by functions, roles and settings that only they have.
SELECT
    current_setting('server_version') AS server_version,
    current_setting('server_version_num')::int AS server_version_num,
    to_regproc('pg_catalog.aurora_version') IS NOT NULL AS aurora,
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_superuser') AS rds,
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cloudsqlsuperuser') AS cloud_sql,
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'azure_pg_admin') AS azure
