CREATE TABLE IF NOT EXISTS online_migrate.schema_version (
    version int PRIMARY KEY,
    engine_version text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
