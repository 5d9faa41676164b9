"""What a way of walking a table must offer, and a batch of it."""

from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import RawCursor, sql

from online_migrate.backfilling.journal import Record, Tally
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.windows import Advance, Window

Place = tuple[str, ...]
"""A point of the walk as text: a tid, the values of a key, or nothing where the table is one batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A condition on the rows of the table, with its parameters from $1."""

    condition: sql.Composable
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction does: from one place to another, and where its window stands afterwards.

    Attributes:
        units: blocks (stripes) or rows (keyset) it walks over.
        low: where it starts; None at the start of a keyset walk.
        high: where it ends.
    """

    window: Window
    units: int
    low: Place | None
    high: Place
    advance: Advance


class Method(Protocol):
    """A way of cutting a table into batches that can be taken up again after any commit.

    Ways of ours subclass it, for what it does by itself.
    """

    @property
    def statement_timeout_ms(self) -> int:
        """Limit of the statement of a batch; 0 is none."""
        ...

    @property
    def stays_hot(self) -> bool:
        """Whether its updates can be HOT, and it walks so that they are."""
        ...

    def first_servo(self) -> Servo:
        """Return the servo of the first batch."""
        ...

    def begin(self, connection: psycopg.Connection, record: Record) -> None:
        """Fix the range to walk, in the open transaction."""
        ...

    def open_more(self, connection: psycopg.Connection, record: Record) -> bool:
        """Open further windows, in the open transaction; False where the range is all opened."""
        ...

    def batch(self, window: Window, size: int) -> Batch:
        """Return the next batch of a window."""
        ...

    def statement(self, batch: Batch) -> tuple[str, list[object]]:
        """Return the step's statement for the batch, with its parameters."""
        ...

    def change(self, cursor: RawCursor[Any], batch: Batch) -> int:
        """Change the rows of the batch in the open transaction, and return how many; by default with `statement`.

        Whatever else it does must be undone by a rollback: a batch that fails is run again, whole or in parts.
        """
        statement, parameters = self.statement(batch)
        return cursor.execute(statement.encode(), parameters).rowcount

    def rows(self, batch: Batch) -> Rows:
        """Return the condition that holds for every row the batch may change."""
        ...

    def places(self, batch: Batch) -> list[Place | None]:
        """Return the places within the batch: between two that follow each other is one row."""
        ...

    def key(self, low: Place | None, high: Place) -> dict[str, str]:
        """Return the key of the one row between two places, as text by column."""
        ...

    def fraction(self, record: Record, tally: Tally) -> float:
        """Return how much of the range is done, 0 to 1."""
        ...
