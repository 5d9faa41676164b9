SELECT to_char(measured_at, 'YYYY-MM-DD') AS measured_on, server_version_num / 10000 AS major
FROM online_migrate.rates
ORDER BY measured_at DESC
LIMIT 1
