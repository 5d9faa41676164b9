"""The coordinator's watch over everybody else: it looks at the server once a second and rules how hard to work."""

import os
import threading
from contextlib import ExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Self

import psycopg
from psycopg import RawCursor
from psycopg.types.json import Jsonb

from online_migrate.backfilling.failures import Reaction, reaction
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.look import Look, look
from online_migrate.backfilling.pacing import Pacing
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.reading import Reading
from online_migrate.backfilling.ruling import STALE_S
from online_migrate.backfilling.signals import KEPT_S, Surroundings, readings
from online_migrate.errors import ResumableError, UsageError

TICK_S = 1.0
FIRST_COMMITS = 5
CPUS_ASSUMED = 4
LOCAL = ("127.0.0.1", "::1")


class Monitor:
    """Rules while the block runs, in a thread with a connection of its own; the first ruling is there at its start.

    Where it cannot reach the server it rules nothing, and workers hold when the last ruling is 15 s old.

    Args:
        workers: how many work on the backfill at full speed.
    """

    def __init__(self, job: Job, record: Record, *, workers: int = 1) -> None:
        self._job = job
        self._record = record
        self._pacing = Pacing(most_workers=workers, workers=workers)
        self._looks: tuple[Look, ...] = ()
        self._connection: psycopg.Connection | None = None
        self._around: Surroundings | None = None
        self._commit_ms = 0.0
        self._refused_since: float | None = None
        self.refusal: psycopg.Error | None = None
        """Why the server, at its limit, has taken no ruling for so long that the workers hold."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="online-migrate pacing", daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._close)
            self.tick()
            stack.pop_all()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._close()

    def tick(self) -> None:
        """Look once and rule once; do nothing where the server does not answer."""
        try:
            self._connection = self._connection or self._job.database.connect("pacing")
            self._look_and_rule(self._connection)
            self._refused_since = None
        except (psycopg.OperationalError, ResumableError, UsageError) as error:
            self._close()
            if isinstance(error, psycopg.Error) and reaction(error) is Reaction.EXHAUSTED:
                self._refused(error)

    def _refused(self, error: psycopg.Error) -> None:
        now = self._job.clock.now()
        self._refused_since = now if self._refused_since is None else self._refused_since
        if now - self._refused_since >= STALE_S:
            self.refusal = error

    def _watch(self) -> None:
        while not self._ended.wait(TICK_S):
            self.tick()

    def _look_and_rule(self, connection: psycopg.Connection) -> None:
        self._around = around = self._around or self._surroundings(connection)
        now = self._job.clock.now()
        policy = self._job.policy
        seen = look(connection, at=now, commit_ms=self._commit_ms, relid=self._record.relid, policy=policy)
        self._looks = (*(before for before in self._looks if now - before.at <= KEPT_S), seen)
        found = readings(self._looks, around)
        self._pacing = self._pacing.after(found, at=now)
        self._commit_ms = self._rule(connection, self._pacing, found)

    def _surroundings(self, connection: psycopg.Connection) -> Surroundings:
        """Measure what a commit takes before the first batch: nobody is let begin by these rulings."""
        closed = Pacing(most_workers=1, workers=1, held="its coordinator takes a first look at the server")
        took = sorted(self._rule(connection, closed, ()) for _ in range(FIRST_COMMITS))
        self._commit_ms = took[FIRST_COMMITS // 2]
        return Surroundings(policy=self._job.policy, commit_ms=self._commit_ms, cpus=self._cpus(connection))

    def _cpus(self, connection: psycopg.Connection) -> int:
        if self._job.policy.pacing_cpus:
            return self._job.policy.pacing_cpus
        is_local = connection.info.host.startswith("/") or connection.info.hostaddr in LOCAL
        return (is_local and os.cpu_count()) or CPUS_ASSUMED

    def _rule(self, connection: psycopg.Connection, pacing: Pacing, found: tuple[Reading, ...]) -> float:
        """Write the ruling and return the milliseconds until it was committed: what a commit takes now."""
        workers = pacing.workers if pacing.workers < pacing.most_workers else None
        signals = Jsonb([asdict(reading) for reading in found])
        ruling = [pacing.duty, workers, pacing.held, pacing.slowed, signals]
        with RawCursor(connection) as cursor:
            started = self._job.clock.now()
            cursor.execute(query("rule"), [self._record.id, self._record.epoch, *ruling])
            return (self._job.clock.now() - started) * 1000

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
