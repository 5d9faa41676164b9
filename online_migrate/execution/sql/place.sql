-- Tells servers and databases apart for any role: a standby and a restored copy have times of their own.
SELECT pg_catalog.pg_postmaster_start_time(), oid, datname
FROM pg_catalog.pg_database
WHERE datname = current_database()
