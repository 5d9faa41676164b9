INSERT INTO account (id, first_name, last_name, email, created_at)
SELECT n, 'First', 'Last' || n, 'new' || n || '@example.org', timestamptz '2020-01-01 00:00 UTC'
FROM generate_series($1::bigint, $2::bigint) AS n
