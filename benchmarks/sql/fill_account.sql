INSERT INTO account
SELECT n, 'First' || n % 5000, 'Last' || n % 70000, 'user' || n || '@example.org',
       timestamptz '2020-01-01 00:00 UTC' + n * interval '1 minute', n % 100, md5(n::text)
FROM generate_series(1, $1::bigint) AS n
