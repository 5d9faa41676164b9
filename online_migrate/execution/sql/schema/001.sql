-- The journal. fillfactor 50 and no index on what changes: its own updates are HOT.
CREATE TABLE online_migrate.deploy (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_hash text NOT NULL,
    plan jsonb NOT NULL,
    current text[] NOT NULL,
    target text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'gate', 'done', 'aborting', 'aborted', 'superseded')),
    phase text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    engine_version text NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE online_migrate.step (
    deploy_id bigint NOT NULL REFERENCES online_migrate.deploy ON DELETE CASCADE,
    step_id text NOT NULL,
    position int NOT NULL,
    phase text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'undone')),
    attempts int NOT NULL DEFAULT 0,
    started_at timestamptz,
    finished_at timestamptz,
    waited_ms bigint NOT NULL DEFAULT 0,
    held_ms bigint NOT NULL DEFAULT 0,
    blockers jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (deploy_id, step_id)
) WITH (fillfactor = 50);

-- One row. Its key is the epoch: who writes the journal holds the key share of the row, so that a take-over,
-- which changes the key, waits for that transaction; a heartbeat, which does not, passes.
CREATE TABLE online_migrate.lease (
    epoch bigint PRIMARY KEY,
    singleton boolean NOT NULL DEFAULT true UNIQUE CHECK (singleton),
    host text,
    pid int,
    backend_pid int,
    backend_start timestamptz,
    acquired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE online_migrate.script (
    name text NOT NULL,
    sha256 text NOT NULL,
    deploy_id bigint NOT NULL REFERENCES online_migrate.deploy ON DELETE CASCADE,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, sha256)
);

CREATE TABLE online_migrate.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deploy_id bigint REFERENCES online_migrate.deploy ON DELETE CASCADE,
    step_id text,
    event text NOT NULL,
    detail jsonb,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
