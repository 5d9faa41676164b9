"""An application at work in a process of its own: an open loop, so that a stall is felt by every request due in it.

Usage: python -m benchmarks.traffic URL ROWS RATE; it runs until its input ends, then prints what it felt as JSON.
"""

import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from online_migrate.clock import SystemClock

RATE = 300
CONNECTIONS = 16
_SEES = b"SELECT id, first_name, last_name, email, visits FROM account WHERE id = %(id)s"
_FINDS = b"SELECT id, note FROM account WHERE email = %(email)s"
_VISITS = b"UPDATE account SET visits = visits + 1 WHERE id = %(id)s"
_MARRIES = b"UPDATE account SET last_name = %(name)s WHERE id = %(id)s"
_SIGNS_UP = (
    b"INSERT INTO account (id, first_name, last_name, email, password_hash, created_at)"
    b" VALUES (%(new)s, 'Ada', %(name)s, %(email)s, '-', clock_timestamp())"
)
MIX = (_SEES, _VISITS, _SEES, _FINDS, _SIGNS_UP, _SEES, _MARRIES, _SEES, _VISITS, _FINDS)
"""Four of ten requests write, one of them what the new column is computed from."""

_SCATTER = 7_919_001
"""A prime: ids that follow each other lie far apart."""


@dataclass(frozen=True, slots=True)
class Request:
    """When it was due and, from then, how long it took; seconds of the machine's clock."""

    due: float
    latency: float


@dataclass(slots=True)
class Felt:
    """What the traffic felt."""

    requests: list[Request] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def between(self, start: float, end: float) -> list[float]:
        """Return the latencies of the requests due from start to end, least first."""
        return sorted(request.latency for request in self.requests if start <= request.due < end)


def percentile(latencies: list[float], share: float) -> float:
    """Return the latency that this share of the requests did not exceed (0.999: all but one of a thousand)."""
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))] if latencies else 0.0


@contextmanager
def traffic(url: str, rows: int, *, rate: int = RATE) -> Iterator[Felt]:
    """Make requests for as long as the block runs; what they felt is there when it has ended.

    Args:
        rows: accounts there are; new ones get greater ids.
        rate: requests a second.
    """
    felt = Felt()
    command = [sys.executable, "-m", "benchmarks.traffic", url, str(rows), str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # its connections are open
        try:
            yield felt
        finally:
            said, _ = process.communicate()
        found = json.loads(said)
        felt.requests.extend(Request(due, latency) for due, latency in found["requests"])
        felt.errors.update(found["errors"])


class _Generator:
    """Requests at a fixed rate from several connections, until told to stop."""

    def __init__(self, url: str, rows: int, rate: int) -> None:
        self.felt = Felt()
        self.clock = SystemClock()
        self.stop = threading.Event()
        self._url, self._rows, self._rate = url, rows, rate
        self._due: queue.SimpleQueue[tuple[float, int] | None] = queue.SimpleQueue()
        self._ready = threading.Barrier(CONNECTIONS + 1)
        self._workers = [threading.Thread(target=self._work) for _ in range(CONNECTIONS)]
        self._pacer = threading.Thread(target=self._pace)

    def start(self) -> None:
        """Return when all connections are open and requests are being made."""
        for worker in self._workers:
            worker.start()
        self._ready.wait()
        self._pacer.start()

    def join(self) -> None:
        """Return when what is due is answered."""
        self._pacer.join()
        for worker in self._workers:
            worker.join()

    def _pace(self) -> None:
        started, number = self.clock.now(), 0
        while not self.stop.is_set():
            due = started + number / self._rate
            self.clock.sleep(max(0.0, due - self.clock.now()))
            self._due.put((due, number))
            number += 1
        for _ in self._workers:
            self._due.put(None)

    def _work(self) -> None:
        with psycopg.connect(self._url, autocommit=True, application_name="application") as connection:
            connection.execute("SELECT")
            self._ready.wait()
            while (request := self._due.get()) is not None:
                due, number = request
                try:
                    connection.execute(MIX[number % len(MIX)], self._values(number))
                except psycopg.Error as error:
                    self.felt.errors[str(error).splitlines()[0]] += 1
                self.felt.requests.append(Request(due, self.clock.now() - due))

    def _values(self, number: int) -> dict[str, object]:
        id_ = number * _SCATTER % self._rows + 1
        return {"id": id_, "new": self._rows + number + 1, "email": f"user{id_}@example.org", "name": f"Byron{number}"}


def main(url: str, rows: str, rate: str) -> None:
    """Make requests until the input ends."""
    sys.setswitchinterval(0.0005)
    generator = _Generator(url, int(rows), int(rate))
    generator.start()
    print("ready", flush=True)
    sys.stdin.read()
    generator.stop.set()
    generator.join()
    requests = [(request.due, request.latency) for request in generator.felt.requests]
    print(json.dumps({"requests": requests, "errors": generator.felt.errors}))


if __name__ == "__main__":
    main(*sys.argv[1:])
