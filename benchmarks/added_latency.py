"""What an application feels of every kind of step: 300 requests a second, alone and then during the change.

Each change runs twice in either way: by itself, and while a report has had the table open in a transaction for 30
seconds. Naively, whatever needs an exclusive lock queues behind the report, and every request behind it. Shown is the
slowest request during the change less the slowest of the seconds before it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import psycopg

from benchmarks import product, tables
from benchmarks.model import Benchmark, Figure, Findings, Sample, Samples, WrongResult, each
from benchmarks.stand import Stand
from benchmarks.traffic import RATE, traffic

ALLOWED_MS = 150
REPORT_S = 30
CHANGES: Mapping[str, str] = {
    "add_column": "add a column",
    "volatile_default": "add a column with a volatile default",
    "fill_column": "add a column and fill it",
    "create_index": "create an index",
    "drop_index": "drop an index",
    "add_check": "add a check",
    "add_foreign_key": "add a foreign key",
    "set_not_null": "set NOT NULL",
    "rename_column": "rename a column",
    "alter_type": "make a column's type wider",
    "drop_column": "drop a column",
}
"""File of sql/steps, and what it does in words."""
WAYS: Mapping[str, Callable[[str, str], object]] = {
    "online-migrate": product.deploy,
    "as written": product.apply_naively,
}
SITUATIONS = ("", "behind a report")


def measure(stand: Stand) -> Findings:
    """Make every change in both ways, without and with a report in the way."""
    rows = stand.size(500_000, quick=5_000)
    shapes: dict[str, str] = {}

    def run(change: str, way: str, situation: str) -> Sample:
        sample, shape = _run(stand, rows, change, WAYS[way], report=bool(situation))
        if shapes.setdefault(change, shape) != shape:
            raise WrongResult(f"{change}, {way}: {shape}\nis not\n{shapes[change]}")
        return sample

    samples = stand.rounds(
        {
            _key(change, way, situation): partial(run, change, way, situation)
            for change in CHANGES
            for situation in SITUATIONS
            for way in WAYS
        },
        runs=1,
    )
    return Findings(
        figures=tuple(
            Figure(
                what=", ".join(filter(None, (words, situation, "" if way == "online-migrate" else way))),
                values=each(samples, _key(change, way, situation), "added_ms"),
                unit="ms",
                at_most=ALLOWED_MS if way == "online-migrate" else None,
            )
            for change, words in CHANGES.items()
            for situation in SITUATIONS
            for way in WAYS
        ),
        samples=samples,
        notes=tuple(_errors(samples)),
    )


def _key(change: str, way: str, situation: str) -> str:
    return ", ".join(filter(None, (change, way, situation)))


def _run(
    stand: Stand, rows: int, change: str, make: Callable[[str, str], object], *, report: bool
) -> tuple[Sample, str]:
    """Return what was felt, and what the tables look like afterwards."""
    with tables.fresh(stand, rows) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(tables.query("steps/prepare"))
            tables.settle(connection)
        with traffic(url, rows) as felt:
            began = stand.clock.now()
            stand.clock.sleep(stand.size(10, quick=1))
            started = stand.clock.now()
            with _report(stand, url, wanted=report):
                make(url, f"steps/{change}")
            ended = stand.clock.now()
            stand.clock.sleep(1)
        shape = _shape(url, rows)
    alone, during = felt.between(began, started), felt.between(started, ended)
    sample = {
        "added_ms": (during[-1] - alone[-1]) * 1000,
        "slowest_ms": during[-1] * 1000,
        "time_s": ended - started,
        "errors": felt.errors.total(),
    }
    return sample, shape


@contextmanager
def _report(stand: Stand, url: str, *, wanted: bool) -> Iterator[None]:
    """Have the table open in a transaction for half a minute, or until the block has ended if that is later."""
    if not wanted:
        yield
        return
    opened, over = threading.Event(), threading.Event()

    def read() -> None:
        with psycopg.connect(url, application_name="report") as connection:
            connection.execute("SELECT FROM account LIMIT 1")
            opened.set()
            over.wait(stand.size(REPORT_S, quick=2))

    reader = threading.Thread(target=read)
    reader.start()
    opened.wait()
    try:
        yield
    finally:
        over.set()
        reader.join()


def _shape(url: str, rows: int) -> str:
    with psycopg.connect(url) as connection:
        found = connection.execute(tables.query("steps/shape")).fetchone()
    assert found is not None
    count, shape = found
    if count < rows:
        raise WrongResult(f"{count:,} of {rows:,} rows are left")
    return str(shape)


def _errors(samples: Samples) -> Iterator[str]:
    for key in samples:
        errors = sum(each(samples, key, "errors"))
        if errors:
            yield f"{key}: {errors:,.0f} requests failed"


BENCHMARK = Benchmark(
    name="added_latency",
    title=f"What every kind of step adds to the slowest of {RATE} requests a second, 500 thousand rows",
    measure=measure,
)
