"""A second load starts in the middle of a backfill: eight sessions of pgbench on tables of their own, at full speed.

The size of a batch follows what batches took, so that each is soon near its target again, and pacing makes room for
the others. Batches of a fixed 10,000 rows take what they take. Each run begins alone, then the load comes for some
seconds, then it is gone.
"""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.model import Benchmark, Figure, Findings, Line, Plot, Sample, WrongResult, each
from benchmarks.product import Batch, Deployed
from benchmarks.stand import Stand
from online_migrate.policy import Policy

ONLINE, FIXED = "online-migrate", "fixed batches of 10,000"
TARGET_MS = Policy().batch_target_ms
SESSIONS = 8
Change = Callable[[str, threading.Event], Deployed]
"""Changes the table at a URL, says when it begins with the batches, and returns what it did."""


@dataclass(slots=True)
class Course:
    """How a run went: its batches, and when the load came and went, in seconds of the run."""

    batches: list[Batch]
    came: float
    went: float
    slowed: list[str]

    @property
    def second_half(self) -> list[float]:
        """How long the batches took while the load was no longer new."""
        return self.ms((self.came + self.went) / 2, self.went)

    def ms(self, start: float, end: float) -> list[float]:
        """Return how long the batches took that were committed from start to end."""
        return [batch.seconds * 1000 for batch in self.batches if start <= batch.at < end]


def measure(stand: Stand) -> Findings:
    """Fill the column with a load in the middle, adaptively and in fixed batches."""
    rows = stand.size(1_000_000, quick=100_000)
    courses: dict[str, Course] = {}

    def run(way: str, change: Change) -> Sample:
        courses[way] = course = _run(stand, rows, change)
        return _sample(course)

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
                what="batch, second half of the load (target: 100 ms)",
                values=each(samples, ONLINE, "settled_ms"),
                unit="ms",
                at_most=1.2 * TARGET_MS,
            ),
            Figure(what=f"the same, {FIXED}", values=each(samples, FIXED, "settled_ms"), unit="ms"),
        ),
        samples=samples,
        notes=tuple(f"{ONLINE} said: {reason}" for reason in courses[ONLINE].slowed[:3]),
        plots=(_plot(courses),),
    )


def _online(url: str, begun: threading.Event) -> Deployed:
    return product.deploy(url, at_first_batch=begun.set)


def _fixed(stand: Stand, url: str, begun: threading.Event) -> Deployed:
    keyset.add_column(url)
    begun.set()
    return Deployed(batches=keyset.fill(url, stand.clock, rows=10_000))


def _run(stand: Stand, rows: int, change: Change) -> Course:
    """Change a fresh table; the load comes some seconds after the first batch."""
    alone, loaded = stand.size(2, quick=0), stand.size(10, quick=1)
    begun = threading.Event()
    moments: list[float] = []
    with tables.fresh(stand, rows) as url, _pgbench(stand, loaded) as load:

        def in_the_middle() -> None:
            begun.wait()
            moments.append(stand.clock.now())
            stand.clock.sleep(alone)
            moments.append(stand.clock.now())
            load()
            moments.append(stand.clock.now())

        thread = threading.Thread(target=in_the_middle)
        thread.start()
        try:
            deployed = change(url, begun)
        finally:
            begun.set()
            thread.join()
        with psycopg.connect(url) as connection:
            tables.verify(connection, rows)
    started, came, went = moments
    moved = [Batch(at=batch.at - started, seconds=batch.seconds, rows=batch.rows) for batch in deployed.batches]
    course = Course(batches=moved, came=came - started, went=went - started, slowed=deployed.slowed)
    if not course.second_half and not stand.quick:
        raise WrongResult(f"the backfill was over after {moved[-1].at:.0f} s, before the load had shown itself")
    return course


@contextmanager
def _pgbench(stand: Stand, seconds: int) -> Iterator[Callable[[], object]]:
    """Prepare a database for pgbench, and give a call that runs it that long."""
    url = stand.server.create_database("other_load")
    program = stand.server.binaries / "pgbench"

    def call(*arguments: str) -> object:
        return subprocess.run([program, *arguments, url], check=True, capture_output=True)

    call("--initialize", "--quiet", "--scale=20")
    try:
        yield partial(call, f"--client={SESSIONS}", "--jobs=2", f"--time={seconds}")
    finally:
        stand.server.drop_database("other_load")


def _sample(course: Course) -> Sample:
    half = (course.came + course.went) / 2
    return {
        "alone_ms": median(course.ms(0, course.came) or [0.0]),
        "first_half_ms": median(course.ms(course.came, half) or [0.0]),
        "settled_ms": median(course.second_half or [0.0]),
        "slowest_ms": max(course.ms(course.came, course.went), default=0.0),
        "afterwards_ms": median(course.ms(course.went, course.batches[-1].at) or [0.0]),
        "time_s": course.batches[-1].at,
    }


def _plot(courses: dict[str, Course]) -> Plot:
    shown = courses[ONLINE]
    return Plot(
        name="batches",
        title="How long a batch takes when a second load comes",
        x="seconds",
        y="ms of a batch",
        lines=tuple(
            Line(
                label=way,
                x=tuple(round(batch.at, 2) for batch in course.batches),
                y=tuple(round(batch.seconds * 1000, 1) for batch in course.batches),
            )
            for way, course in courses.items()
        ),
        limit=TARGET_MS,
        shaded=(round(shown.came, 1), round(shown.went, 1), "second load"),
        log=True,
    )


BENCHMARK = Benchmark(name="load_step", title="A second load starts in the middle, 1 million rows", measure=measure)
