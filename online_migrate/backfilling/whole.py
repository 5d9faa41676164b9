"""The statement as written, in one transaction with its journal row: what cannot be cut up.

Every row it changes stays locked until it commits. It waits for a row lock no longer than the lock
budget and is then rolled back and tried again, up to the policy's total.
"""

import psycopg
from psycopg import sql

from online_migrate.backfilling import windows
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record, Tally
from online_migrate.backfilling.method import Batch, Method, Place, Rows
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.windows import Advance, Window


class Whole(Method):
    """A walk of one batch."""

    def __init__(self, job: Job, session: Session) -> None:
        self._job = job
        self._session = session

    @property
    def statement_timeout_ms(self) -> int:
        return 0

    @property
    def stays_hot(self) -> bool:
        return False

    def first_servo(self) -> Servo:
        return Servo(target_ms=self._job.policy.batch_target_ms, size=1, largest=1)

    def begin(self, connection: psycopg.Connection, record: Record) -> None:
        windows.open_between(connection, record, [None, None])

    def open_more(self, connection: psycopg.Connection, record: Record) -> bool:
        return False

    def batch(self, window: Window, size: int) -> Batch:
        return Batch(window=window, units=1, low=(), high=(), advance=Advance(finished=True))

    def statement(self, batch: Batch) -> tuple[str, list[object]]:
        return self._job.step.update, []

    def rows(self, batch: Batch) -> Rows:
        return Rows(condition=sql.SQL("true"))

    def places(self, batch: Batch) -> list[Place | None]:
        return [(), ()]

    def key(self, low: Place | None, high: Place) -> dict[str, str]:
        return {}

    def fraction(self, record: Record, tally: Tally) -> float:
        return 1.0 if tally.rows_done else 0.0
