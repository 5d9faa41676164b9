-- What `doctor --calibrate` measured on a server of this major version.
SELECT name, seconds, to_char(measured_at, 'YYYY-MM-DD') AS measured_on
  FROM online_migrate.rates
 WHERE server_version_num / 10000 = current_setting('server_version_num')::int / 10000
