"""One version of an application: a thread that runs its statements and checks what they give back."""

import threading
from types import TracebackType
from typing import Self

import psycopg

from tests import waiting

PAUSE_S = 0.003
FIRST_OWN_ID = 1000


class Version:
    """Runs statements in turn, `%(n)s` a number of its own per turn, until it is told to stop.

    A statement that returns rows must return true in every column. `turns` is how many turns were begun,
    `errors` what failed or was not as it should be.
    """

    def __init__(self, url: str, statements: tuple[str, ...], first: int = FIRST_OWN_ID) -> None:
        self.errors: list[str] = []
        self.turns = 0
        self._url, self._statements, self._first = url, statements, first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin, if it has not begun yet."""
        if self._thread.ident is None:
            self._thread.start()

    def wait_for_turns(self, more: int) -> None:
        """Wait until it has begun that many more turns, or failed."""
        enough = self.turns + more
        waiting.until(lambda: self.turns >= enough or self.errors, f"{more} turns")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True, prepare_threshold=None) as connection:
            while not self._stop.wait(PAUSE_S) and not self.errors:
                self.turns += 1
                for statement in self._statements:
                    self._check(connection, statement)

    def _check(self, connection: psycopg.Connection, statement: str) -> None:
        try:
            found = connection.execute(statement.encode(), {"n": self._first + self.turns})
        except psycopg.Error as error:
            self.errors.append(f"{statement}: {error}")
            return
        rows = found.fetchall() if found.description else [(found.rowcount == 1,)]
        if not rows or not all(value is True for row in rows for value in row):
            self.errors.append(f"{statement} in turn {self.turns}: {rows}")
