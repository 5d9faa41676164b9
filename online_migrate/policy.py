"""The settings that say how careful the engine is; frozen, and part of every plan."""

from dataclasses import dataclass


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
        small_tables_as_written: run a statement as written where the table is so small that the
            naive form stays under the lock budget and breaks no running code.
    """

    lock_budget_ms: int = 100
    lock_total_s: int = 600
    statement_timeout_ms: int = 5000
    batch_target_ms: int = 100
    batch_rows: int = 1000
    batch_rows_max: int = 20000
    small_tables_as_written: bool = True
