"""What an operator has ordered of the deploy that runs, looked up as it runs."""

import threading
from types import TracebackType
from typing import Self

import psycopg

from online_migrate.backfilling import control
from online_migrate.backfilling.control import Control
from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import ResumableError, UsageError

FRESH_S = 1.0


class Orders:
    """The orders of one deploy, on a connection of their own; safe to ask from any thread.

    While the server cannot be asked the last answer stands: what runs notices by itself that the server is gone.
    """

    def __init__(self, database: Database, *, deploy_id: int, clock: Clock) -> None:
        self._database = database
        self._deploy_id = deploy_id
        self._clock = clock
        self._asking = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._found: Control | None = None
        self._found_at = float("-inf")

    def __enter__(self) -> Self:
        """Forget an order to leave off: whoever runs the deploy again has thought better of it."""
        with self._database.connect("orders") as connection:
            control.carry_on(connection, self._deploy_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def cancelled(self) -> str | None:
        """Return who ordered to leave off and why, None where nobody did; a second old at most."""
        return self._words("cancel", FRESH_S)

    def paused(self) -> str | None:
        """Return who ordered a pause that lasts, and why; None where nobody did."""
        return self._words("pause", 0.0)

    def _words(self, desired: control.Desired, fresh_s: float) -> str | None:
        with self._asking:
            if self._clock.now() - self._found_at >= fresh_s:
                self._ask()
            return self._found.words if self._found is not None and self._found.desired == desired else None

    def _ask(self) -> None:
        try:
            self._connection = self._connection or self._database.connect("orders")
            self._found = control.read(self._connection, self._deploy_id)
            self._found_at = self._clock.now()
        except (psycopg.OperationalError, ResumableError, UsageError):
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
