-- Two tables of about the same bytes, one of short rows and one of long ones, and one that the first refers to.
-- They are logged ones, as the application's are; the transaction that makes them is rolled back.
CREATE TABLE online_migrate.calibration_referenced AS
SELECT n AS id FROM generate_series(1, greatest(%(rows)s::int / 10, 1)) AS n;

ALTER TABLE online_migrate.calibration_referenced ADD PRIMARY KEY (id);

CREATE TABLE online_migrate.calibration_short AS
SELECT n AS id, 1 + n %% greatest(%(rows)s::int / 10, 1) AS other, (n::bigint * 7919 %% 1000003)::int AS amount, md5(n::text) AS code
FROM generate_series(1, %(rows)s::int) AS n;

CREATE TABLE online_migrate.calibration_long AS
SELECT n AS id, n AS amount, repeat('x', 700) AS note
FROM generate_series(1, greatest(%(rows)s::int / 8, 1)) AS n;

ANALYZE online_migrate.calibration_referenced, online_migrate.calibration_short, online_migrate.calibration_long
