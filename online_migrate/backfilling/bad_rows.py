"""Which row of a failed batch is at fault: halve the batch, run each half, roll it back."""

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import psycopg
from psycopg import RawCursor
from psycopg.types.json import Jsonb

from online_migrate.backfilling import failures
from online_migrate.backfilling.failures import Reaction, reaction
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.method import Batch, Method, Place
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.session import Session
from online_migrate.errors import BadRow

Fails = Callable[[int, int], psycopg.Error | None]


def name_bad_row(
    job: Job, session: Session, method: Method, record: Record, *, batch: Batch, error: psycopg.Error
) -> None:
    """Find the row, note it in the journal and raise.

    Returns where the batch does not fail any more: somebody mended the row meanwhile.

    Raises:
        BadRow: names table, key and the server's message.
    """
    places = session.patiently(lambda: method.places(batch))

    def fails(low: int, high: int) -> psycopg.Error | None:
        part = replace(batch, low=places[low], high=_place(places, high))
        return session.patiently(lambda: _fails(session, method, part))

    found = _narrow(len(places) - 1, fails, error)
    if found is None:
        return
    low, high, error = found
    key = session.patiently(lambda: method.key(places[low], _place(places, high))) if high - low == 1 else {}
    with RawCursor(session.connection) as cursor:
        cursor.execute(query("bad_row"), [record.id, Jsonb(key), error.sqlstate, failures.words(error)])
    bad_row(job, key, error)


def bad_row(job: Job, key: dict[str, str], error: psycopg.Error) -> NoReturn:
    """Raise for a row, or for the statement as a whole where no key is known."""
    where = ", ".join(f"{column} = {value}" for column, value in key.items())
    row = f"the row of {job.step.table} with {where}" if key else f"rows of {job.step.table}"
    raise BadRow(
        f"{job.step.id}: {row} cannot be changed: {failures.words(error)} ({error.sqlstate})",
        sqlstate=error.sqlstate or "",
        key=key,
    ) from error


def _narrow(high: int, fails: Fails, error: psycopg.Error) -> tuple[int, int, psycopg.Error] | None:
    """Return the shortest stretch of 0 to `high` that fails, with its error; None where nothing does."""
    low = 0
    if high == 1:
        return low, high, error
    failed = fails(low, high) if high else None
    if failed is None:
        return None
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


def _place(places: list[Place | None], index: int) -> Place:
    place = places[index]
    assert place is not None
    return place
