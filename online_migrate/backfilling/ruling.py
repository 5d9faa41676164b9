"""How fast a backfill may go at this moment: what its coordinator rules and what an operator orders, in one row."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection, RawCursor
from psycopg.rows import class_row

from online_migrate.backfilling.control import ordered, throttled
from online_migrate.backfilling.queries import query

STALE_S = 15.0
"""A coordinator that said nothing for so long may be gone, and with it the protection of everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a worker obeys before and after each batch.

    Attributes:
        duty: share of the time to work, over 0 to 1.
        workers: how many may work at once; None: all.
        held: why no batch may begin now; None: go.
        paused: that is because an operator wants it so.
        slowed: why duty is under 1.
        cancelled: who wants the work left off; None: nobody.
        wal_until: how far the WAL may be where a batch begins, in bytes from its start, so that no replica falls too
            far behind before the next ruling; None: no matter how far.
    """

    duty: float
    workers: int | None
    held: str | None
    paused: bool
    slowed: str | None
    cancelled: str | None
    wal_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    duty: float
    workers: int | None
    held: str | None
    slowed: str | None
    wal_until: int | None
    age_s: float | None
    desired: str
    reason: str | None
    set_by: str
    throttle_ratio: float
    throttle_until: datetime | None


def ruling(connection: Connection, backfill: int) -> Ruling | None:
    """Read the ruling, one row in one statement; None where the backfill is gone. Without a fresh one all is held."""
    with RawCursor(connection, row_factory=class_row(_Row)) as cursor:
        row = cursor.execute(query("ruling"), [backfill]).fetchone()
    if row is None:
        return None
    duty, slowed = row.duty, row.slowed
    if 1 - row.throttle_ratio < duty:
        duty, slowed = 1 - row.throttle_ratio, throttled(row.throttle_ratio, row.throttle_until)
    order = ordered(row.desired, row.set_by, row.reason)
    return Ruling(
        duty=duty,
        workers=row.workers,
        held=order if row.desired == "pause" else _held(row),
        paused=row.desired == "pause",
        slowed=slowed,
        cancelled=order if row.desired == "cancel" else None,
        wal_until=row.wal_until,
    )


def _held(row: _Row) -> str | None:
    if row.age_s is None:
        return "its coordinator has not ruled yet"
    if row.age_s > STALE_S:
        return f"its coordinator has said nothing for {row.age_s:.0f} s (limit {STALE_S:.0f} s)"
    return row.held
