"""Times statements on tables that nobody else sees, and takes the tables' sizes out of the times."""

from dataclasses import dataclass
from statistics import median

import psycopg

from online_migrate.clock import Clock
from online_migrate.errors import CalibrationTooSlow

REPEATS = 3
TOTAL_S = 50.0
# Less is noise: the difference of two times that are nearly the same may even be negative.
ROW_LEAST_S = 1e-8
BYTE_LEAST_S = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A table to measure on."""

    name: str
    rows: int
    bytes: int


class Bench:
    """Runs statements, tells how long they took, and undoes them.

    Args:
        connection: in a transaction that is rolled back, with a statement_timeout.

    Raises:
        CalibrationTooSlow: a statement ran into its timeout, or all of them take longer than a minute.
    """

    def __init__(self, connection: psycopg.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._ends = clock.now() + TOTAL_S

    def seconds(self, statement: bytes, *before: bytes) -> float:
        """Return the median time of a statement; those before it are run first, and not timed."""
        return median(self._once(statement, before) for _ in range(REPEATS))

    def _once(self, statement: bytes, before: tuple[bytes, ...]) -> float:
        if self._clock.now() > self._ends:
            raise too_slow()
        try:
            with self._connection.transaction(force_rollback=True):
                for other in before:
                    self._connection.execute(other)
                started = self._clock.now()
                self._connection.execute(statement)
                return self._clock.now() - started
        except psycopg.errors.QueryCanceled:
            # `from None`: the server says only that a statement was canceled.
            raise too_slow() from None


def too_slow() -> CalibrationTooSlow:
    """Return the error of a server that cannot be measured in a minute."""
    return CalibrationTooSlow(
        "The server is too slow or too busy now: it could not be measured within a minute.",
        hint="Run it again at a quieter time; estimates use the documented rates meanwhile.",
    )


def fit(short: tuple[Sample, float], long: tuple[Sample, float]) -> tuple[float, float]:
    """Return the seconds for a row and for a byte that explain the times on short and on long rows."""
    (few, few_s), (many, many_s) = short, long
    determinant = few.rows * many.bytes - many.rows * few.bytes
    row = (few_s * many.bytes - many_s * few.bytes) / determinant
    byte = (many_s * few.rows - few_s * many.rows) / determinant
    # Noise may give one of them the whole time and more; then it is the one that explains both the better.
    if row < ROW_LEAST_S:
        return ROW_LEAST_S, max(many_s / many.bytes, BYTE_LEAST_S)
    if byte < BYTE_LEAST_S:
        return few_s / few.rows, BYTE_LEAST_S
    return row, byte


def per_row(seconds: float, rows: int) -> float:
    """Return the seconds for a row."""
    return max(seconds / rows, ROW_LEAST_S)
