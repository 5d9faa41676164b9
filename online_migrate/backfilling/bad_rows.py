"""Which row of a failed batch is at fault, and the batch without it: halve it, run each half, roll it back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import psycopg
from psycopg import Connection, RawCursor
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from online_migrate.backfilling import failures
from online_migrate.backfilling.failures import Reaction, reaction
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.method import Batch, Method, Place
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.session import Session
from online_migrate.errors import BadRow

Fails = Callable[[int, int], psycopg.Error | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row that cannot be changed; without a key where several only fail together."""

    key: dict[str, str]
    error: psycopg.Error

    def refused(self, job: Job) -> BadRow:
        """Return the error that names it."""
        where = ", ".join(f"{column} = {value}" for column, value in self.key.items())
        row = f"the row of {job.step.table} with {where}" if self.key else f"rows of {job.step.table}"
        words = f"{failures.words(self.error)} ({self.error.sqlstate})"
        return BadRow(
            f"{job.step.id}: {row} cannot be changed: {words}", sqlstate=self.error.sqlstate or "", key=self.key
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A row that a backfill left as it is, because it cannot be changed."""

    step: str
    relation: str
    key: dict[str, str]
    sqlstate: str
    message: str


class Sieve:
    """A batch, and the rows of it that are left out because they cannot be changed."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.faults: dict[int, Fault] = {}
        self._places: list[Place | None] = []

    def parts(self) -> tuple[Batch, ...]:
        """Return the batch in parts, without the rows left out."""
        if not self.faults:
            return (self.batch,)
        return tuple(self._part(start, end) for start, end in self._stretches())

    def find(self, session: Session, method: Method, error: psycopg.Error) -> Fault | None:
        """Look for one more row at fault, and leave it out.

        None where the batch does not fail any more: somebody mended the row meanwhile.
        """
        self._places = self._places or session.patiently(lambda: method.places(self.batch))

        def fails(start: int, end: int) -> psycopg.Error | None:
            return session.patiently(lambda: _fails(session, method, self._part(start, end)))

        # A single row needs no other proof than the error that it gave.
        alone = len(self._places) - 1 == 1
        found = (0, 1, error) if alone else _first(self._stretches(), fails)
        if found is None:
            return None
        start, end, error = found
        if end - start > 1:
            return Fault(key={}, error=error)
        part = self._part(start, end)
        fault = Fault(key=session.patiently(lambda: method.key(part.low, part.high)), error=error)
        self.faults[start] = fault
        return fault

    def _stretches(self) -> Iterator[tuple[int, int]]:
        for before, bad in pairwise([-1, *sorted(self.faults), len(self._places) - 1]):
            if bad > before + 1:
                yield before + 1, bad

    def _part(self, start: int, end: int) -> Batch:
        high = self._places[end]
        assert high is not None
        return replace(self.batch, low=self._places[start], high=high)


def note(connection: Connection, backfill: int, fault: Fault, *, skipped: bool) -> None:
    """Write a row down, once however often it is met."""
    values = [backfill, Jsonb(fault.key), fault.error.sqlstate, failures.words(fault.error), skipped]
    with RawCursor(connection) as cursor:
        cursor.execute(query("bad_row"), values)


def count_skipped(connection: Connection[Any], backfill: int, faults: Iterable[Fault] = ()) -> int:
    """Return how many rows a backfill has left as they are, these included."""
    keys = [fault.key for fault in faults]
    with RawCursor(connection, row_factory=scalar_row) as cursor:
        return int(cursor.execute(query("count_skipped"), [backfill, Jsonb(keys)]).fetchone() or 0)


def skipped(connection: Connection[Any], deploy_id: int) -> tuple[SkippedRow, ...]:
    """Return the rows that the backfills of a deploy have left as they are, in the order they were met."""
    with RawCursor(connection, row_factory=class_row(SkippedRow)) as cursor:
        return tuple(cursor.execute(query("skipped"), [deploy_id]).fetchall())


def _first(stretches: Iterator[tuple[int, int]], fails: Fails) -> tuple[int, int, psycopg.Error] | None:
    """Return the shortest stretch that fails, of the first that does; None where nothing does."""
    for low, high in stretches:
        if failed := fails(low, high):
            return _narrow(low, high, fails, failed)
    return None


def _narrow(low: int, high: int, fails: Fails, failed: psycopg.Error) -> tuple[int, int, psycopg.Error]:
    while high - low > 1:
        middle = (low + high) // 2
        if first := fails(low, middle):
            high, failed = middle, first
        elif second := fails(middle, high):
            low, failed = middle, second
        else:
            break  # Only together do they fail, as two rows that would get the same unique value.
    return low, high, failed


def _fails(session: Session, method: Method, part: Batch) -> psycopg.Error | None:
    """Run a part of a batch and roll it back."""
    failed: psycopg.Error | None = None
    try:
        with session.transaction() as cursor:
            method.change(cursor, part)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise psycopg.Rollback
    except psycopg.Error as error:
        if reaction(error) is not Reaction.BISECT:
            raise
        failed = error
    return failed
