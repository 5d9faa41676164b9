"""The rows of the journal that a walk reads and writes. Each function is one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from psycopg import Connection, RawCursor
from psycopg.rows import class_row, scalar_row

from online_migrate.backfilling.job import Job
from online_migrate.backfilling.pace import Pace
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.target import Target

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A backfill as the journal has it; `epoch` is ours until somebody takes it over."""

    id: int
    epoch: int
    state: str
    relid: int
    filenode: int | None
    pass_number: int
    end_block: int | None
    rows_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is done so far: rows changed, rows walked (keyset), blocks walked once for every stripe (stripes)."""

    rows_done: int
    rows_walked: int
    block_stripes: int


def _one(connection: Connection, type_: type[T], name: str, parameters: Sequence[object]) -> T | None:
    with RawCursor(connection, row_factory=class_row(type_)) as cursor:
        return cursor.execute(query(name), parameters).fetchone()


def _count(connection: Connection, name: str, parameters: Sequence[object]) -> int:
    with RawCursor(connection) as cursor:
        return cursor.execute(query(name), parameters).rowcount


def take_over(connection: Connection, job: Job, target: Target) -> Record:
    """Make the journal row of the step, or take it over: whoever had it before is fenced out from now on.

    Waits (lock_timeout) for a batch of the one before that is being committed.
    """
    filenode = target.filenode if job.step.method == "stripes" else None
    blocks = target.blocks if job.step.method == "stripes" else None
    parameters = [
        job.deploy_id,
        job.step.id,
        str(job.step.table),
        job.step.method,
        target.relid,
        filenode,
        blocks,
        target.rows_estimate,
    ]
    record = _one(connection, Record, "take_over", parameters)
    assert record is not None
    _count(connection, "take_windows", [record.id])
    return record


def hold(connection: Connection, backfill: int) -> Record | None:
    """Read the journal row and keep it locked: one worker at a time opens windows."""
    return _one(connection, Record, "look", [backfill])


def look(connection: Connection, backfill: int) -> Record | None:
    """Read the journal row and keep it locked, after every batch on its windows has ended one way or the other."""
    _count(connection, "settle_windows", [backfill])
    return _one(connection, Record, "look", [backfill])


def tally(connection: Connection, backfill: int, stripes: int) -> Tally:
    """Add up what is done."""
    found = _one(connection, Tally, "tally", [backfill, stripes])
    assert found is not None
    return found


def restart(connection: Connection, record: Record, target: Target) -> Record:
    """Drop the windows (what they did counts) and walk the range as it is now."""
    _count(connection, "fold_all", [record.id])
    filenode = None if record.filenode is None else target.filenode
    blocks = None if record.filenode is None else target.blocks
    found = _one(connection, Record, "restart", [record.id, record.epoch, target.relid, filenode, blocks])
    return found if found is not None else record


def set_state(connection: Connection, record: Record, state: str, reason: str | None = None) -> bool:
    """Write the state; False where another has taken over."""
    return _count(connection, "set_state", [record.id, record.epoch, state, reason]) > 0


def tick(connection: Connection, record: Record, pace: Pace) -> None:
    """Write for `status` how far and how fast."""
    parameters = [record.id, record.epoch, pace.fraction, pace.rows_per_s, pace.low, pace.high]
    _count(connection, "tick", parameters)


def find(connection: Connection, deploy_id: int, step: str) -> Record | None:
    """Return the journal row of a step, or None where it never ran."""
    return _one(connection, Record, "find", [deploy_id, step])


def rows_done(connection: Connection, backfill: int) -> int:
    """Return how many rows are changed so far."""
    with RawCursor(connection, row_factory=scalar_row) as cursor:
        return int(cursor.execute(query("rows_done"), [backfill]).fetchone() or 0)


def forget(connection: Connection, record: Record) -> None:
    """Delete the journal row with its windows, images and bad rows: as if the step had never run."""
    _count(connection, "forget", [record.id, record.epoch])
