"""Live traffic on the demonstration shop: an open loop, so that a stall is felt by every request due in it."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from online_migrate.clock import Clock

REQUESTS_PER_SECOND = 100
WORKERS = 12

_SEES = 'SELECT id, first_name, last_name, email, legacy_code FROM "user" WHERE id = %(id)s'
_SIGNS_UP = (
    'INSERT INTO "user" (first_name, last_name, email, legacy_code)'
    " VALUES ('Ada', 'Byron', %(email)s, 'x') RETURNING id"
)
_RENAMES = 'UPDATE "user" SET last_name = %(name)s WHERE id = %(id)s'
_BUYS = "INSERT INTO orders (user_id, total) VALUES (%(id)s, 10)"

OLD_CODE = (_SEES, _SIGNS_UP, _SEES, _RENAMES, _SEES, _BUYS)
NEW_CODE = (
    'SELECT id, first_name, last_name, email, full_name FROM "user" WHERE id = %(id)s',
    (
        'INSERT INTO "user" (first_name, last_name, email, full_name)'
        " VALUES ('Ada', 'Byron', %(email)s, 'Ada Byron') RETURNING id"
    ),
    'SELECT id, full_name FROM "user" WHERE id = %(id)s',
    (
        'UPDATE "user" SET last_name = %(name)s::varchar,'
        " full_name = concat(first_name, ' ', %(name)s::varchar) WHERE id = %(id)s"
    ),
    'SELECT id, full_name FROM "user" WHERE id = %(id)s',
    _BUYS,
)


@dataclass(slots=True)
class Felt:
    """What the traffic felt: seconds from when each request was due until it was answered, and errors."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """Seconds of the slowest request."""
        return max(self.latencies, default=0.0)

    @property
    def most_frequent_error(self) -> str:
        """What the server said most often, "" where nothing failed."""
        return max(set(self.errors), key=self.errors.count, default="")

    def over(self, seconds: float) -> int:
        """Return how many requests took longer."""
        return sum(latency > seconds for latency in self.latencies)


class Traffic:
    """Requests at a fixed rate from several connections, until told to stop.

    Args:
        conninfo: of the shop's database.
        rows: users there are at the start; ids up to it are asked for.
    """

    def __init__(self, conninfo: str, rows: int, clock: Clock) -> None:
        self.felt = Felt()
        self._conninfo, self._rows, self._clock = conninfo, rows, clock
        self._statements = OLD_CODE
        self._due: queue.Queue[tuple[float, int] | None] = queue.Queue()
        self._stop = threading.Event()
        jobs = (self._pace, *[self._work] * WORKERS)
        self._threads = [threading.Thread(target=self._guarded, args=(job,)) for job in jobs]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def release_new_code(self) -> None:
        """From now on requests are those of the new release."""
        self._statements = NEW_CODE

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except psycopg.Error as error:
            self.felt.errors.append(str(error))

    def _pace(self) -> None:
        started, number = self._clock.now(), 0
        while not self._stop.is_set():
            due = started + number / REQUESTS_PER_SECOND
            self._clock.sleep(max(0.0, due - self._clock.now()))
            self._due.put((due, number))
            number += 1
        for _ in range(WORKERS):
            self._due.put(None)

    def _work(self) -> None:
        with psycopg.connect(self._conninfo, autocommit=True, application_name="shop") as connection:
            while (request := self._due.get()) is not None:
                due, number = request
                statements = self._statements
                values = {
                    "id": number * 7919 % self._rows + 1,
                    "email": f"ada{number}@example.org",
                    "name": f"Byron{number % 10}",
                }
                try:
                    connection.execute(statements[number % len(statements)], values)
                except psycopg.Error as error:
                    self.felt.errors.append(str(error).splitlines()[0])
                self.felt.latencies.append(self._clock.now() - due)
