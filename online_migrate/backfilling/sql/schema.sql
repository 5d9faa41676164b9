-- CREATE SCHEMA IF NOT EXISTS asks for the right to create it even where it exists.
DO $$ BEGIN IF to_regnamespace('online_migrate') IS NULL THEN CREATE SCHEMA online_migrate; END IF; END $$;

-- One backfill step of a deploy. No index on a column that changes, and half-empty pages: its updates stay HOT.
CREATE TABLE IF NOT EXISTS online_migrate.backfill (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deploy_id bigint NOT NULL,
    step text NOT NULL,
    relation text NOT NULL,
    method text NOT NULL CHECK (method IN ('stripes', 'keyset', 'whole')),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'verifying', 'done', 'stopped', 'undoing')),
    reason text,                         -- why it stopped, for people
    epoch bigint NOT NULL DEFAULT 0,     -- raised by whoever takes it over; work of an older epoch is rolled back
    pass integer NOT NULL DEFAULT 1,     -- passes over the table; more than one when the sweep found rows
    relid oid NOT NULL,
    filenode oid,                        -- stripes: storage the block numbers belong to
    next_block bigint,                   -- stripes: blocks below are cut into windows
    end_block bigint,                    -- stripes: fixed at the start, so that the walk ends
    rows_total bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0, -- of finished windows
    fraction real NOT NULL DEFAULT 0,
    rows_per_s real,
    rate_low real,                       -- fraction per second, 10th and 90th percentile of the last minute
    rate_high real,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    UNIQUE (deploy_id, step)
) WITH (fillfactor = 50);

-- A part of a table that is being walked; its progress commits together with the rows.
CREATE TABLE IF NOT EXISTS online_migrate.backfill_window (
    backfill bigint NOT NULL REFERENCES online_migrate.backfill ON DELETE CASCADE,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    batches bigint NOT NULL DEFAULT 0,   -- how many batches are committed; a batch names the one it follows
    first_block bigint,
    end_block bigint,
    next_block bigint,
    stripes_done integer NOT NULL DEFAULT 0,
    after_key text[],                    -- keyset: rows up to this key are done; NULL at the start
    upper_key text[],                    -- keyset: fixed at the start
    rows_walked bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (backfill, seq)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS online_migrate.bad_row (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backfill bigint NOT NULL REFERENCES online_migrate.backfill ON DELETE CASCADE,
    key jsonb,
    sqlstate text NOT NULL,
    message text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What rows were before and after, by key, as text in the order of the step's key and columns.
CREATE TABLE IF NOT EXISTS online_migrate.before_image (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backfill bigint NOT NULL REFERENCES online_migrate.backfill ON DELETE CASCADE,
    key text[] NOT NULL,
    old_values text[] NOT NULL,
    new_values text[] NOT NULL
);
CREATE INDEX IF NOT EXISTS before_image_backfill ON online_migrate.before_image (backfill, id);

-- What came later; a journal made before has it from here.
ALTER TABLE online_migrate.backfill
    ADD COLUMN IF NOT EXISTS rows_walked bigint NOT NULL DEFAULT 0, -- keyset: of finished windows
    ADD COLUMN IF NOT EXISTS rows_hot bigint NOT NULL DEFAULT 0,    -- of rows_done, those whose update was HOT
    ADD COLUMN IF NOT EXISTS wal_bytes bigint NOT NULL DEFAULT 0,   -- written by the whole server while batches ran
    ADD COLUMN IF NOT EXISTS start_xid xid8 NOT NULL                -- what older transactions wrote was there before
        DEFAULT pg_snapshot_xmax(pg_current_snapshot());

ALTER TABLE online_migrate.backfill_window
    ADD COLUMN IF NOT EXISTS worker text,                           -- host:pid:thread that has it, while leased
    ADD COLUMN IF NOT EXISTS lease_until timestamptz,               -- from then on anybody may take it, raising epoch
    ADD COLUMN IF NOT EXISTS rows_hot bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS wal_bytes bigint NOT NULL DEFAULT 0;

ALTER TABLE online_migrate.bad_row
    ADD COLUMN IF NOT EXISTS skipped boolean NOT NULL DEFAULT false; -- it was left as it is; else the walk stopped there

-- What an operator asks of a deploy, from the command line or by hand in psql. No row: run at full speed.
CREATE TABLE IF NOT EXISTS online_migrate.control (
    deploy_id bigint PRIMARY KEY,
    desired text NOT NULL DEFAULT 'run' CHECK (desired IN ('run', 'pause', 'cancel')),
    throttle_ratio real NOT NULL DEFAULT 0 CHECK (throttle_ratio >= 0 AND throttle_ratio < 1), -- share of rest
    throttle_until timestamptz,          -- NULL: until it is taken back
    reason text,
    set_by text NOT NULL DEFAULT session_user,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- How fast a backfill may go, written once a second by its coordinator. Workers obey none that is older than 15 s.
CREATE TABLE IF NOT EXISTS online_migrate.ruling (
    backfill bigint PRIMARY KEY REFERENCES online_migrate.backfill ON DELETE CASCADE,
    duty real NOT NULL CHECK (duty > 0 AND duty <= 1),  -- share of the time to work
    workers integer CHECK (workers > 0), -- how many may work; NULL: all
    held text,                           -- why no batch may begin; NULL: go
    slowed text,                         -- why it is not full speed
    signals jsonb NOT NULL,              -- what was measured, each beside its limit
    ruled_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
