"""The parts of a table that are being walked: opened, leased to one worker at a time, moved on with each batch.

A lease ends 30 s after the worker's last batch; then anybody may take the window, and its epoch rises, so that what
the worker before still commits finds the epoch changed and is rolled back. Each function is one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

from psycopg import Connection, RawCursor
from psycopg.rows import class_row, scalar_row

from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.queries import query

LEASE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of the table, and how far it is walked; `epoch` is ours until somebody takes it.

    Attributes:
        start_xid: what older transactions than this one wrote was there before the backfill began.
    """

    seq: int
    epoch: int
    pass_number: int
    start_xid: str
    batches: int
    first_block: int | None
    end_block: int | None
    next_block: int | None
    stripes_done: int
    after_key: list[str] | None
    upper_key: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Where a window stands after a batch.

    Attributes:
        walked: rows that a keyset batch went over.
        turns: the window goes back among the free ones, so that the next one gets its turn.
        finished: nothing of it is left.
    """

    next_block: int | None = None
    stripes_done: int = 0
    after_key: Sequence[str] | None = None
    walked: int = 0
    turns: bool = False
    finished: bool = False

    def of(self, window: Window) -> Window | None:
        """Return the window as it is then; None where the worker has it no more."""
        if self.turns or self.finished:
            return None
        return replace(
            window,
            batches=window.batches + 1,
            next_block=self.next_block,
            stripes_done=self.stripes_done,
            after_key=None if self.after_key is None else list(self.after_key),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """The server's counters before a batch: HOT updates of this session, and the end of the server's WAL."""

    hot: int
    lsn: str

    @staticmethod
    def reading(record: Record) -> tuple[bytes, list[object]]:
        """Return the statement that reads it, to open the batch's transaction with."""
        return query("meter"), [record.relid]

    @classmethod
    def read(cls, cursor: RawCursor[Any]) -> Self:
        """Return what that statement found."""
        found = cursor.fetchone()
        assert found is not None
        return cls(hot=found[0], lsn=found[1])


def cut(connection: Connection, record: Record, *, blocks: int, windows: int) -> bool:
    """Open so many windows of so many blocks ahead of those that are; False where the range is at its end."""
    return _count(connection, "cut", [record.id, record.epoch, blocks, windows]) > 0


def open_between(connection: Connection, record: Record, keys: Sequence[Sequence[str] | None]) -> None:
    """Open windows between keys that follow each other; None as the first key is the table's start."""
    for seq, (after, upper) in enumerate(pairwise(keys)):
        _count(connection, "open_window", [record.id, record.epoch, seq, _list(after), _list(upper)])


def claim(connection: Connection, backfill: int, worker: str) -> Window | None:
    """Lease the free window that is the least far; None where none is free, or the backfill is not being walked."""
    with RawCursor(connection, row_factory=class_row(Window)) as cursor:
        return cursor.execute(query("claim"), [backfill, worker, LEASE_S]).fetchone()


def release(connection: Connection, backfill: int, worker: str) -> None:
    """Give back what this worker has, where it does not know itself what that is."""
    _count(connection, "release", [backfill, worker])


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A batch that is in the journal: how many of its updates were HOT, and the window to go on with, if any."""

    hot: int
    following: Window | None


def advance(
    connection: Connection, record: Record, window: Window, step: Advance, *, rows: int, before: Meter, worker: str
) -> Noted | None:
    """Note a batch in its own transaction and renew the lease; where the window turns or ends, lease another.

    None where another worker or coordinator has taken the window, or the storage was rewritten: roll back.
    """
    done = [record.id, window.seq, window.epoch, window.batches, rows, step.walked, before.hot, before.lsn]
    where = [step.next_block, step.stripes_done, _list(step.after_key), step.turns, LEASE_S]
    kept = step.of(window)
    # One round trip for both.
    with (
        connection.pipeline(),
        RawCursor(connection, row_factory=scalar_row) as moving,
        RawCursor(connection, row_factory=class_row(Window)) as claiming,
    ):
        if step.finished:
            moving.execute(query("finish"), done)
        else:
            moving.execute(query("advance"), [*done, *where])
        if kept is None:
            claiming.execute(query("claim"), [record.id, worker, LEASE_S])
        hot = moving.fetchone()
        if hot is None:
            return None
        return Noted(hot=int(hot), following=kept or claiming.fetchone())


def any_left(connection: Connection, backfill: int) -> bool:
    """Whether a part of the range is not walked yet."""
    with RawCursor(connection, row_factory=scalar_row) as cursor:
        return bool(cursor.execute(query("any_left"), [backfill]).fetchone())


def _list(key: Sequence[str] | None) -> list[str] | None:
    return None if key is None else list(key)


def _count(connection: Connection, name: str, parameters: Sequence[object]) -> int:
    with RawCursor(connection) as cursor:
        return cursor.execute(query(name), parameters).rowcount
