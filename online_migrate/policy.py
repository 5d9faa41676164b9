"""The settings that say how careful the engine is; frozen, and part of every plan."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long may be waited, how often tried again, and how large a batch is.

    Attributes:
        lock_budget_ms: how long a statement of ours may wait for, or keep, a lock that application
            statements queue behind.
        lock_total_s: how long a step keeps trying to get its locks before it gives up, resumable.
        statement_timeout_ms: limit of one short DDL statement once it has its locks.
        batch_target_ms: how long one backfill batch should take.
        batch_rows: rows of the first backfill batch, before the size is adapted.
        batch_rows_max: most rows that one batch may lock.
        workers: how many connections walk one table at once.
        horizon_wait_s: how long a backfill waits for whoever keeps its dead rows from being removed, before it
            goes on at the price of a larger table; 0: not at all.
        on_bad_row: what a backfill does about a row that cannot be changed (a constraint, an expression that fails):
            stop there, or leave it as it is, note it and go on.
        max_bad_rows: most rows of one backfill that may be left so.
        small_tables_as_written: run a statement as written where the table is so small that the
            naive form stays under the lock budget and breaks no running code.
        keep_dropped_days: how many days a table that contract drops is kept aside, so that it can be put back; 0: it is
            dropped for good.
        allow_blocking: run what has no online form also where it blocks the application for longer than the
            lock budget, instead of refusing the plan.

    The limits of pacing protect everybody else while a backfill runs; docs/backfills.md says what each measures and
    why it stands where it stands. 0 turns a limit off.

    Attributes:
        pacing_commit_ms: a commit, over what it took when the backfill began.
        pacing_active_per_cpu: application sessions at work for each CPU of the server.
        pacing_cpus: CPUs of the server; 0: those of this machine where it is the server's, else 4.
        pacing_blocked_ms: how long an application statement may wait for a lock of ours.
        pacing_lag_s: how far a streaming replica may be behind.
        pacing_lag_mb: the same in MB of WAL.
        pacing_slot_mb: MB of WAL that a replication slot may keep on the server's disk.
        pacing_wal_mb_s: MB of WAL a second, where a replica, a slot or an archive must take it in.
        pacing_checkpoints: checkpoints a minute that the amount of WAL forced.
        pacing_archive_segments: segments of WAL that wait for the archive.
        pacing_dead_share: dead rows of the table for each live one.
        pacing_total_s: how long these may hold a backfill back before its deploy leaves off, to be carried on.
        pacing_query: a SELECT of your own that returns one number; empty: none.
        pacing_query_limit: the most that it may return.
    """

    lock_budget_ms: int = 100
    lock_total_s: int = 600
    statement_timeout_ms: int = 5000
    batch_target_ms: int = 100
    batch_rows: int = 1000
    batch_rows_max: int = 20000
    workers: int = 1
    horizon_wait_s: int = 600
    on_bad_row: Literal["stop", "skip"] = "stop"
    max_bad_rows: int = 100
    small_tables_as_written: bool = True
    keep_dropped_days: int = 0
    allow_blocking: bool = False
    pacing_commit_ms: float = 20.0
    pacing_active_per_cpu: float = 1.0
    pacing_cpus: int = 0
    pacing_blocked_ms: int = 250
    pacing_lag_s: float = 5.0
    pacing_lag_mb: int = 256
    pacing_slot_mb: int = 2048
    pacing_wal_mb_s: float = 64.0
    pacing_checkpoints: float = 2.0
    pacing_archive_segments: int = 42
    pacing_dead_share: float = 2.0
    pacing_total_s: int = 3600
    pacing_query: str = ""
    pacing_query_limit: float = 0.0
