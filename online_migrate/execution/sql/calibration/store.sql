INSERT INTO online_migrate.rates (name, seconds, server_version_num, measured_at)
SELECT r.name, r.seconds, current_setting('server_version_num')::int, clock_timestamp()
FROM unnest(%(names)s::text[], %(seconds)s::float8[]) AS r (name, seconds)
