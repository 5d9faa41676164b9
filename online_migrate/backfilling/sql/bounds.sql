-- Values of the key's first column that cut the table into parts of about the same number of rows, by its statistics.
SELECT coalesce(histogram_bounds::text::text[], '{}')
FROM pg_stats WHERE schemaname = $1 AND tablename = $2 AND attname = $3 AND NOT inherited
