"""A walk in the order of a unique key; the cursor commits with the batch, so each row is changed exactly once.

The range ends at the greatest key of the start, so that the walk ends under inserts. A row inserted, or
moved by a change of its key, into the part still ahead is changed when the walk comes there; one that a
writer moves from ahead to behind is not changed, and one moved from behind to ahead is changed twice:
writers that change keys need the fill trigger and an idempotent change.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import RawCursor, sql

from online_migrate.backfilling import windows
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record, Tally
from online_migrate.backfilling.method import Batch, Method, Place, Rows
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.windows import Advance, Window

MOST_WINDOWS = 32
LEAST_BATCHES = 4
"""Of a window: where a table has fewer for each, it is not worth cutting up further."""


class Keyset(Method):
    """The walk by key."""

    def __init__(self, job: Job, session: Session) -> None:
        self._job = job
        self._session = session
        # Qualified: an unqualified ORDER BY id would mean the output column of id::text, and sort as text.
        self._columns = [sql.Identifier("t", column) for column in job.step.key]
        self._table = sql.SQL("{} AS t").format(sql.Identifier(job.step.table.schema, job.step.table.name))
        self._texts = _list([sql.SQL("{}::text").format(column) for column in self._columns])

    @property
    def statement_timeout_ms(self) -> int:
        return self._job.policy.statement_timeout_ms

    @property
    def stays_hot(self) -> bool:
        return False

    def first_servo(self) -> Servo:
        policy = self._job.policy
        size = min(policy.batch_rows, policy.batch_rows_max)
        return Servo(target_ms=policy.batch_target_ms, size=size, largest=policy.batch_rows_max)

    def begin(self, connection: psycopg.Connection, record: Record) -> None:
        last_first = _list([sql.SQL("{} DESC").format(column) for column in self._columns])
        select = sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT 1").format(self._texts, self._table, last_first)
        with RawCursor(connection) as cursor:
            cursor.execute(query("by_index"))
            upper = cursor.execute(select).fetchone()
            if upper is None:
                return
            keys = self._cuts(cursor, record.rows_total)
        windows.open_between(connection, record, [None, *(key for key in keys if key != upper), upper])

    def _cuts(self, cursor: RawCursor[Any], rows: int) -> list[Place]:
        """Return keys in ascending order that cut the table into about equal parts; none where it is not known how."""
        step = self._job.step
        count = min(MOST_WINDOWS, rows // (LEAST_BATCHES * self._job.policy.batch_rows))
        found = cursor.execute(query("bounds"), [step.table.schema, step.table.name, step.key[0]]).fetchone()
        if found is None or count < 2:
            return []
        bounds = found[0]
        ahead = sql.SQL("SELECT {} FROM {} WHERE {} >= $1 ORDER BY {} LIMIT 1").format(
            self._texts, self._table, self._columns[0], _list(self._columns)
        )
        values = dict.fromkeys(bounds[len(bounds) * part // count] for part in range(1, count) if bounds)
        keys = [cursor.execute(ahead, [value]).fetchone() for value in values]
        return list(dict.fromkeys(key for key in keys if key is not None))

    def open_more(self, connection: psycopg.Connection, record: Record) -> bool:
        return False

    def batch(self, window: Window, size: int) -> Batch:
        assert window.upper_key is not None
        bound = self._bound(window, size)
        high = bound or tuple(window.upper_key)
        finished = high == tuple(window.upper_key)
        return Batch(
            window=window,
            units=size,
            low=None if window.after_key is None else tuple(window.after_key),
            high=high,
            advance=Advance(after_key=high, walked=size if bound else 0, finished=finished),
        )

    def _bound(self, window: Window, size: int) -> Place | None:
        """Return the key that many rows ahead, or None where fewer are left."""
        assert window.upper_key is not None
        low = None if window.after_key is None else tuple(window.after_key)
        rows = self._between(low, tuple(window.upper_key))
        select = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT 1 OFFSET {}").format(
            self._texts, self._table, rows.condition, _list(self._columns), sql.Literal(size - 1)
        )
        # A transaction of its own: what is said to the planner here must not reach the step's statement.
        with self._session.transaction(opening=(query("by_index"), ())) as cursor:
            found = cursor.execute(select, rows.parameters).fetchone()
        return None if found is None else tuple(found)

    def statement(self, batch: Batch) -> tuple[str, list[object]]:
        if batch.low is None:
            assert self._job.step.update_from_start is not None
            return self._job.step.update_from_start, list(batch.high)
        return self._job.step.update, [*batch.low, *batch.high]

    def rows(self, batch: Batch) -> Rows:
        return self._between(batch.low, batch.high)

    def _between(self, low: Place | None, high: Place) -> Rows:
        key = sql.SQL("({})").format(_list(self._columns))
        if low is None:
            return Rows(condition=sql.SQL("{} <= {}").format(key, _row(1, len(high))), parameters=high)
        condition = sql.SQL("{key} > {low} AND {key} <= {high}").format(
            key=key, low=_row(1, len(low)), high=_row(len(low) + 1, len(high))
        )
        return Rows(condition=condition, parameters=(*low, *high))

    def places(self, batch: Batch) -> list[Place | None]:
        rows = self.rows(batch)
        select = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {}").format(
            self._texts, self._table, rows.condition, _list(self._columns)
        )
        with self._session.transaction() as cursor:
            keys = cursor.execute(select, rows.parameters).fetchall()
        return [batch.low, *(tuple(key) for key in keys)]

    def key(self, low: Place | None, high: Place) -> dict[str, str]:
        return dict(zip(self._job.step.key, high, strict=True))

    def fraction(self, record: Record, tally: Tally) -> float:
        return min(0.99, tally.rows_walked / record.rows_total) if record.rows_total else 0.0


def _list(parts: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL(", ").join(parts)


def _row(first: int, count: int) -> sql.Composable:
    numbers = [sql.SQL("$") + sql.Literal(number) for number in range(first, first + count)]
    return sql.SQL("({})").format(_list(numbers))
