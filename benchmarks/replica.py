"""A streaming replica falls behind: it stops replaying for a while in the middle of a backfill.

Lag is a budget: the engine goes on until the replica is as far behind as the policy allows, then waits, and goes on
when the replica has caught up. Batches of a fixed 10,000 rows look at no replica. The budget of WAL is set low here
(64 MB), so that a run of seconds reaches it.
"""

import os
import pwd
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.model import Benchmark, Figure, Findings, Line, Plot, Sample, each
from benchmarks.stand import SETTINGS, Stand
from online_migrate.embedded import UNPRIVILEGED, Server

ONLINE, FIXED = "online-migrate", "fixed batches of 10,000"
LIMIT_MB = 64
LOOK_S = 0.1
Change = Callable[[str, threading.Event], list[str]]
"""Changes the table at a URL, says when it begins with the batches, and returns what slowed it down."""

_LAG = """
    SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) / 1048576.0
    FROM pg_stat_replication WHERE application_name = 'walreceiver'
"""


class _Watch:
    """Reads the lag ten times a second while the block runs."""

    def __init__(self, stand: Stand) -> None:
        self.looks: list[tuple[float, float]] = []
        self.started = stand.clock.now()
        self.slowed: list[str] = []
        self._stand = stand
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def lag(self) -> list[tuple[float, float]]:
        """Seconds from when the batches began, and MB that the replica was behind then."""
        return [(at - self.started, lag) for at, lag in self.looks if at >= self.started]

    def _look(self) -> None:
        with psycopg.connect(self._stand.server.url(), autocommit=True) as connection:
            while not self._ended.wait(LOOK_S):
                for (lag,) in connection.execute(_LAG):
                    self.looks.append((self._stand.clock.now(), float(lag)))


def measure(stand: Stand) -> Findings:
    """Fill the column while the replica stops, with the engine and in fixed batches."""
    rows = stand.size(1_000_000, quick=50_000)
    watches: dict[str, _Watch] = {}

    def run(way: str, change: Change) -> Sample:
        watches[way] = watch = _run(stand, rows, change)
        return {"lag_mb": max((lag for _, lag in watch.lag), default=0.0), "time_s": watch.lag[-1][0]}

    samples = stand.rounds(
        {
            ONLINE: partial(run, ONLINE, _online),
            FIXED: partial(run, FIXED, partial(_fixed, stand)),
        },
        runs=1,
    )
    return Findings(
        figures=(
            Figure(
                what=f"furthest behind (budget: {LIMIT_MB} MB)",
                values=each(samples, ONLINE, "lag_mb"),
                unit="MB",
                at_most=LIMIT_MB,
            ),
            Figure(what=f"furthest behind, {FIXED}", values=each(samples, FIXED, "lag_mb"), unit="MB"),
        ),
        samples=samples,
        notes=tuple(f"{ONLINE} said: {reason}" for reason in watches[ONLINE].slowed[:3]),
        plots=(_plot(stand, watches),),
    )


def _online(url: str, begun: threading.Event) -> list[str]:
    return product.deploy(url, at_first_batch=begun.set, pacing_lag_mb=LIMIT_MB).slowed


def _fixed(stand: Stand, url: str, begun: threading.Event) -> list[str]:
    keyset.add_column(url)
    begun.set()
    keyset.fill(url, stand.clock, rows=10_000)
    return []


def _stops(stand: Stand) -> tuple[float, float]:
    """Return when the replica stops replaying, and when it goes on, in seconds from the first batch."""
    return (0.0, 1.0) if stand.quick else (1.0, 11.0)


def _run(stand: Stand, rows: int, change: Change) -> _Watch:
    stops, goes_on = _stops(stand)
    begun = threading.Event()
    with tables.fresh(stand, rows) as url, _replica(stand) as replica, _Watch(stand) as watch:

        def pause() -> None:
            with psycopg.connect(replica.url(), autocommit=True) as connection:
                begun.wait()
                watch.started = stand.clock.now()
                stand.clock.sleep(stops)
                connection.execute("SELECT pg_wal_replay_pause()")
                stand.clock.sleep(goes_on - stops)
                connection.execute("SELECT pg_wal_replay_resume()")

        thread = threading.Thread(target=pause)
        thread.start()
        try:
            watch.slowed = change(url, begun)
        finally:
            begun.set()
            thread.join()
        with psycopg.connect(url) as connection:
            tables.verify(connection, rows)
    return watch


@contextmanager
def _replica(stand: Stand) -> Iterator[Server]:
    """Give a streaming replica of the server, in step with it."""
    with tempfile.TemporaryDirectory(prefix="online-migrate-replica-") as directory:
        home = Path(directory)
        root = os.geteuid() == 0
        if root:  # PostgreSQL refuses to run as root
            os.chown(home, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
        program = stand.server.binaries / "pg_basebackup"
        options = ["-d", stand.server.url(), "-R", "-c", "fast", "-X", "stream"]
        subprocess.run(
            [program, "-D", home / "data", *options],
            cwd=home,
            check=True,
            capture_output=True,
            user=UNPRIVILEGED if root else None,
        )
        source = f"host={stand.server.directory} user=postgres application_name=walreceiver"
        with Server.start(home, settings={**SETTINGS, "primary_conninfo": source}) as replica:
            _await_streaming(stand)
            yield replica


def _await_streaming(stand: Stand) -> None:
    with psycopg.connect(stand.server.url(), autocommit=True) as connection:
        while all(lag > 1 for (lag,) in connection.execute(_LAG)):
            stand.clock.sleep(LOOK_S)


def _plot(stand: Stand, watches: dict[str, _Watch]) -> Plot:
    return Plot(
        name="lag",
        title="How far a replica is behind that stops replaying for a while",
        x="seconds",
        y="MB of WAL",
        lines=tuple(
            Line(
                label=way,
                x=tuple(round(at, 2) for at, _ in watch.lag),
                y=tuple(round(lag, 1) for _, lag in watch.lag),
            )
            for way, watch in watches.items()
        ),
        limit=LIMIT_MB,
        shaded=(*_stops(stand), "the replica replays nothing"),
    )


BENCHMARK = Benchmark(name="replica", title="A replica falls behind, 1 million rows", measure=measure)
