"""One engine a database at a time: a row with an owner, a heartbeat, an expiry and an epoch.

The owner keeps one session open. Where that is gone the owner was killed, and the next engine takes over at once;
where it is only silent (frozen, or behind a pooler, which ends sessions as it likes) the lease has to run out.

Not a session advisory lock: behind a pooler in transaction mode that is another session's in a moment.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import psycopg
from psycopg.rows import class_row

from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import LeaseHeld, ResumableError, Stopped, UsageError
from online_migrate.execution.queries import query
from online_migrate.execution.schema import exists

DURATION_S = 30.0
POLL_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who runs the database now."""

    host: str
    pid: int
    epoch: int
    acquired_at: datetime
    heartbeat_at: datetime
    expires_at: datetime

    def __str__(self) -> str:
        return f"{self.host}/{self.pid} since {self.acquired_at:%Y-%m-%d %H:%M:%S %Z}"


def holder(connection: psycopg.Connection) -> Holder | None:
    """Return who holds the lease; None where nobody does, or it has run out."""
    if not exists(connection):
        return None
    with connection.cursor(row_factory=class_row(Holder)) as cursor:
        return cursor.execute(query("lease_holder")).fetchone()


class Lease:
    """The right to change this database, held while the block runs; the journal must be installed.

    Args:
        duration_s: how long it outlives its last heartbeat; renewed three times as often.
        own_session: a connection is one session of the server to its end, whose end is the holder's.
        wait: wait for the holder instead of raising.
        should_stop: asked while waiting.

    Raises:
        LeaseHeld: another engine runs the database and `wait` is False.
        Stopped: `should_stop` said so while waiting.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        should_stop: Callable[[], bool],
        own_session: bool = True,
        wait: bool = False,
        duration_s: float = DURATION_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._should_stop = should_stop
        self._own_session = own_session
        self._wait = wait
        self._duration_s = duration_s
        self._released = threading.Event()
        self._lost = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="online-migrate lease", daemon=True)
        self._connection: psycopg.Connection | None = None
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """The number of this holding; every write of the journal checks it."""
        return self._epoch

    @property
    def own_session(self) -> bool:
        """Whether a connection is one session of the server to its end."""
        return self._own_session

    @property
    def lost(self) -> bool:
        """Whether another engine took over, or no heartbeat got through until the lease ran out."""
        return self._lost.is_set()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            connection = stack.enter_context(closing(self._database.connect("heartbeat")))
            while not self._acquire(connection):
                other = holder(connection)
                if not self._wait and other is not None:
                    raise LeaseHeld(str(other))
                if self._should_stop():
                    raise Stopped()
                self._clock.sleep(POLL_S)
            stack.pop_all()
        self._connection = connection
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._heart.join()
        try:
            with self._database.connect("lease") as connection:
                connection.execute(query("lease_release"), {"epoch": self._epoch})
        except (psycopg.OperationalError, ResumableError, UsageError):
            # The server is gone, and with it the need: the lease runs out by itself.
            return

    def _acquire(self, connection: psycopg.Connection) -> bool:
        values = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "own_session": self._own_session,
            "duration_s": self._duration_s,
        }
        row = connection.execute(query("lease_acquire"), values).fetchone()
        self._epoch = int(row[0]) if row is not None else 0
        return row is not None

    def _beat(self) -> None:
        """Renew on the session that acquired; a broken one is opened again until the lease has run out."""
        connection = self._connection
        renewed = self._clock.now()
        while not self._released.wait(self._duration_s / 3):
            try:
                connection = connection or self._database.connect("heartbeat")
                values = {
                    "epoch": self._epoch,
                    "own_session": self._own_session,
                    "duration_s": self._duration_s,
                }
                if connection.execute(query("lease_renew"), values).fetchone() is None:
                    self._lost.set()
                    break
                renewed = self._clock.now()
            except (psycopg.OperationalError, ResumableError, UsageError):
                if connection is not None:
                    connection.close()
                connection = None
                if self._clock.now() - renewed > self._duration_s:
                    self._lost.set()
                    break
        if connection is not None:
            connection.close()
