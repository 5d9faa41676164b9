-- How many rows, and a checksum of the columns that must not change, as they are and as they were made.
SELECT count(*),
       sum(hashtextextended(concat_ws('|', id, first_name, last_name, email, password_hash, created_at, visits, note), 0)),
       sum(hashtextextended(concat_ws('|', id, 'First' || id % 5000, 'Last' || id % 70000, 'user' || id || '@example.org',
           '$2b$12$' || md5(id::text) || left(md5((-id)::text), 21),
           timestamptz '2020-01-01 00:00 UTC' + id * interval '1 minute', id % 100, 'customer since ' || 2000 + id % 25), 0))
FROM account
