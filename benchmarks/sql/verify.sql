-- How many rows, how many with a wrong full_name, and a checksum of the rest as it is and as it was made.
SELECT count(*),
       count(*) FILTER (WHERE full_name IS DISTINCT FROM first_name || ' ' || last_name),
       sum(hashtextextended(concat_ws('|', id, first_name, last_name, email, created_at, visits, note), 0)),
       sum(hashtextextended(concat_ws('|', id, 'First' || id % 5000, 'Last' || id % 70000, 'user' || id || '@example.org',
           timestamptz '2020-01-01 00:00 UTC' + id * interval '1 minute', id % 100, md5(id::text)), 0))
FROM account
