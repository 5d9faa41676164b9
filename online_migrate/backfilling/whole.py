"""The statement as written, in one transaction with its journal row: what cannot be cut up.

Every row it changes stays locked until it commits. It waits for a row lock no longer than the lock
budget and is then rolled back and tried again, up to the policy's total.
"""

import psycopg
from psycopg import sql

from online_migrate.backfilling import journal
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Advance, Record, Tally
from online_migrate.backfilling.method import Batch, Method, Place, Rows
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.session import Session


class Whole(Method):
    """A walk of one batch."""

    def __init__(self, job: Job, session: Session) -> None:
        self._job = job
        self._session = session

    @property
    def statement_timeout_ms(self) -> int:
        return 0

    def first_servo(self) -> Servo:
        return Servo(target_ms=self._job.policy.batch_target_ms, size=1, largest=1)

    def begin(self, connection: psycopg.Connection, record: Record) -> None:
        journal.open_window(connection, record, None)

    def next(self, record: Record, size: int) -> Batch | None:
        window = journal.pick(self._session.connection, record.id)
        if window is None:
            return None
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
