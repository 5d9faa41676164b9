INSERT INTO account (id, first_name, last_name, email, password_hash, created_at)
SELECT n, 'First', 'Last' || n, 'new' || n || '@example.org', '$2b$12$', timestamptz '2020-01-01 00:00 UTC'
FROM generate_series($1::bigint, $2::bigint) AS n
