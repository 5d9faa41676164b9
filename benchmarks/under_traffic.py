"""What an application feels: 300 requests a second on the table that is changed, four of ten of them writes.

The loop is open: a request is due whether the one before has been answered or not, and its latency counts from when it
was due. Each run begins with some seconds of the traffic alone; what the change adds is the difference to them.

- `online-migrate`: `deploy` up to the gate, with the default policy, which slows down for the application's sake
- keyset batches: the loop of 1,000 rows each, which does not
- one UPDATE: the column is there already, so that nothing but row locks is felt. The rows that were written meanwhile
  are missed by it, and by the keyset batches.
"""

from collections.abc import Callable

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.model import Benchmark, Figure, Findings, Sample, each
from benchmarks.stand import Stand
from benchmarks.traffic import RATE, percentile, traffic

UPDATE, KEYSET, ONLINE = "one UPDATE", "keyset batches of 1,000", "online-migrate"


def measure(stand: Stand) -> Findings:
    """Change the table under traffic in each way."""
    rows = stand.size(1_000_000, quick=20_000)
    samples = stand.rounds(
        {
            ONLINE: lambda: _felt(stand, rows, _deploy, misses=False),
            KEYSET: lambda: _felt(stand, rows, lambda url: keyset.fill(url, stand.clock), prepare=keyset.add_column),
            UPDATE: lambda: _felt(stand, rows, _update, prepare=keyset.add_column),
        }
    )
    return Findings(
        figures=(
            Figure(what="added p99.9", values=each(samples, ONLINE, "added_p999_ms"), unit="ms", at_most=100),
            Figure(what=f"added p99.9, {KEYSET}", values=each(samples, KEYSET, "added_p999_ms"), unit="ms"),
            Figure(what=f"added p99.9, {UPDATE}", values=each(samples, UPDATE, "added_p999_ms"), unit="ms"),
            Figure(what="slowest request", values=each(samples, ONLINE, "slowest_ms"), unit="ms"),
            Figure(what=f"slowest request, {UPDATE}", values=each(samples, UPDATE, "slowest_ms"), unit="ms"),
            Figure(what="rows missed", values=each(samples, ONLINE, "missed"), at_most=0),
            Figure(what=f"rows missed, {KEYSET}", values=each(samples, KEYSET, "missed")),
        ),
        samples=samples,
    )


def _deploy(url: str) -> None:
    product.deploy(url, phase="migrate")


def _update(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(tables.query("fill_full_name"))


def _felt(
    stand: Stand,
    rows: int,
    change: Callable[[str], object],
    *,
    prepare: Callable[[str], object] | None = None,
    misses: bool = True,
) -> Sample:
    """Change a fresh table under traffic; `misses`: the way leaves rows out, which is counted and no failure."""
    calm = stand.size(15, quick=2)
    with tables.fresh(stand, rows) as url:
        if prepare is not None:
            prepare(url)
        with traffic(url, rows) as felt:
            began = stand.clock.now()
            stand.clock.sleep(calm)
            started = stand.clock.now()
            change(url)
            ended = stand.clock.now()
            stand.clock.sleep(1)
        with psycopg.connect(url) as connection:
            missed = tables.wrong_rows(connection)
            if not misses:
                tables.verify(connection, None)
    alone, during = felt.between(began, started), felt.between(started, ended)
    return {
        "added_p999_ms": (percentile(during, 0.999) - percentile(alone, 0.999)) * 1000,
        "p50_ms": percentile(during, 0.5) * 1000,
        "p99_ms": percentile(during, 0.99) * 1000,
        "p999_ms": percentile(during, 0.999) * 1000,
        "p999_alone_ms": percentile(alone, 0.999) * 1000,
        "slowest_ms": during[-1] * 1000,
        "change_s": ended - started,
        "requests_per_s": len(during) / (ended - started),
        "errors": felt.errors.total(),
        "missed": missed,
    }


BENCHMARK = Benchmark(
    name="under_traffic",
    title=f"A computed column, 1 million rows, under {RATE} requests a second",
    measure=measure,
)
