INSERT INTO account
SELECT n, 'First' || n % 5000, 'Last' || n % 70000, 'user' || n || '@example.org',
       '$2b$12$' || md5(n::text) || left(md5((-n)::text), 21),
       timestamptz '2020-01-01 00:00 UTC' + n * interval '1 minute', n % 100, 'customer since ' || 2000 + n % 25
FROM generate_series(1, $1::bigint) AS n
