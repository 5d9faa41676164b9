-- What `doctor --calibrate` measured last: how long this server takes for a unit of each kind of work.
CREATE TABLE online_migrate.rates (
    name text PRIMARY KEY,
    seconds float8 NOT NULL CHECK (seconds >= 0),
    server_version_num int NOT NULL,
    measured_at timestamptz NOT NULL
)
