"""The coordinator's watch over everybody else: looks at the server once a second and rules how fast to go."""

import threading
from types import TracebackType
from typing import Self

import psycopg
from psycopg import RawCursor
from psycopg.types.json import Jsonb

from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.queries import query
from online_migrate.errors import ResumableError, UsageError

TICK_S = 1.0


class Monitor:
    """Rules while the block runs, in a thread with a connection of its own; the first ruling is there at its start.

    Where it cannot reach the server it rules nothing, and workers hold when the last ruling is 15 s old.
    """

    def __init__(self, job: Job, record: Record) -> None:
        self._job = job
        self._record = record
        self._connection: psycopg.Connection | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="online-migrate pacing", daemon=True)

    def __enter__(self) -> Self:
        self.tick()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._close()

    def tick(self) -> None:
        """Look once and rule once."""
        try:
            if self._connection is None:
                self._connection = self._job.database.connect("pacing")
            self._rule(self._connection)
        except (psycopg.OperationalError, ResumableError, UsageError):
            self._close()

    def _watch(self) -> None:
        while not self._ended.wait(TICK_S):
            self.tick()

    def _rule(self, connection: psycopg.Connection) -> None:
        with RawCursor(connection) as cursor:
            cursor.execute(query("rule"), [self._record.id, self._record.epoch, 1.0, 1, None, None, Jsonb([])])

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
