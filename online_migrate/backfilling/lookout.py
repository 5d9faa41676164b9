"""Whom a batch waits for: row locks are in no view, so that it is looked who blocks us while we wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import class_row

from online_migrate.backfilling import failures
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.queries import query
from online_migrate.errors import LocksNotAvailable, ResumableError, UsageError
from online_migrate.events import Blocker, Waiting

LOOK_S = 0.02
LOCKED = ("55P03", "40P01")


class Lookout:
    """Of one worker: from its first try that did not get a lock to the first that does.

    Looks on a connection of its own, which queues nowhere and locks nothing.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._connection: psycopg.Connection | None = None
        self._since: float | None = None
        self._found: tuple[Blocker, ...] = ()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See who is in the way of what is tried in the block; do nothing where the last try met nobody."""
        if self._since is None or not self._connect():
            yield
            return
        self._found, ended = (), threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), name="online-migrate lookout", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def blocked(self, error: psycopg.Error) -> None:
        """Say who was in the way of a try that was backed out, and get out of the way whom the job may.

        Raises:
            LocksNotAvailable: that has gone on for the policy's lock_total_s.
            LeaseLost: see `Job.clear`.
        """
        if error.sqlstate not in LOCKED:
            return
        now, total_s = self._job.clock.now(), self._job.policy.lock_total_s
        self._since = now if self._since is None else self._since
        waited_s = now - self._since
        if self._found:
            left_s = max(0.0, total_s - waited_s)
            self._job.observer(Waiting(step=self._job.step, blockers=self._found, left_s=left_s))
            self._clear(waited_s)
        if waited_s > total_s:
            raise self.given_up(error) from error

    def free(self) -> None:
        """Nobody is in the way any more."""
        self._since, self._found = None, ()

    def given_up(self, error: psycopg.Error) -> LocksNotAvailable:
        """Return the error that says that the time for locks is over, and who is in the way."""
        who = "; ".join(map(str, self._found))
        seen = f" In the way: {who}." if who else ""
        return LocksNotAvailable(
            f"{self._job.step.id} did not get through in {self._job.policy.lock_total_s} s: "
            f"{failures.words(error)}.{seen}",
            hint=f"Look for a transaction that keeps rows of {self._job.step.table} locked and end it, or wait for it "
            "(--terminate-blockers ends those that are idle); then run the same command again.",
        )

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connect(self) -> bool:
        """Return whether the server can be asked: a batch does not depend on it."""
        try:
            self._connection = self._connection or self._job.database.connect("lookout")
        except (ResumableError, UsageError):
            return False
        return True

    def _watch(self, ended: threading.Event) -> None:
        assert self._connection is not None
        try:
            with self._connection.cursor(row_factory=class_row(Blocker)) as cursor:
                while not self._found and not ended.wait(LOOK_S):
                    self._found = tuple(cursor.execute(query("blocking")).fetchall())
        except psycopg.OperationalError:
            self.close()

    def _clear(self, waited_s: float) -> None:
        if self._connection is None:
            return
        try:
            self._job.clear(self._connection, self._found, waited_s)
        except psycopg.OperationalError:
            self.close()
