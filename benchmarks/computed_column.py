"""A new column computed from two others, on an idle server: seconds, WAL and how much the table has grown.

`hot` is the share of updates that stayed on their page and touched no index.

- one UPDATE: `ALTER TABLE ... ADD COLUMN` and `UPDATE` of the whole table in one transaction, as a naive migration does
- keyset batches: a loop of 1,000 rows each by primary key, as pgroll, reshape and online_migrations run it
- `online-migrate`: the same two statements deployed, with 1 worker and with 2
"""

from collections.abc import Callable

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.model import Benchmark, Figure, Findings, Sample, each, ratios
from benchmarks.stand import Stand

UPDATE, KEYSET = "one UPDATE", "keyset batches of 1,000"
ONE, TWO = "1 worker", "2 workers"


def measure(stand: Stand) -> Findings:
    """Run the four ways in turn."""
    rows = stand.size(1_000_000, quick=10_000)

    def by_keyset(url: str) -> None:
        keyset.add_column(url)
        keyset.fill(url, stand.clock)

    def run(change: Callable[[str], object]) -> Callable[[], Sample]:
        return lambda: _run(stand, rows, change)

    samples = stand.rounds(
        {
            UPDATE: run(product.apply_naively),
            ONE: run(lambda url: product.deploy(url).seconds),
            KEYSET: run(by_keyset),
            TWO: run(lambda url: product.deploy(url, workers=2).seconds),
        }
    )
    return Findings(
        figures=(
            Figure(what="time, 1 worker", compared=UPDATE, values=ratios(samples, "time_s", ONE, UPDATE), at_most=0.60),
            Figure(
                what="time, 2 workers", compared=UPDATE, values=ratios(samples, "time_s", TWO, UPDATE), at_most=0.45
            ),
            Figure(what="time, 1 worker", compared=KEYSET, values=ratios(samples, "time_s", ONE, KEYSET), at_most=0.45),
            Figure(
                what="time, 2 workers", compared=KEYSET, values=ratios(samples, "time_s", TWO, KEYSET), at_most=0.30
            ),
            Figure(what="WAL, 1 worker", compared=UPDATE, values=ratios(samples, "wal_mb", ONE, UPDATE), at_most=0.60),
            Figure(
                what="size after, 1 worker", compared="size before", values=each(samples, ONE, "growth"), at_most=1.25
            ),
            Figure(what="size after, 2 workers", compared="size before", values=each(samples, TWO, "growth")),
            Figure(what="size after, one UPDATE", compared="size before", values=each(samples, UPDATE, "growth")),
        ),
        samples=samples,
    )


def _run(stand: Stand, rows: int, change: Callable[[str], object]) -> Sample:
    """Change a fresh table; a change that returns seconds has timed itself, in its own process."""
    with tables.fresh(stand, rows) as url, psycopg.connect(url, autocommit=True) as connection:
        size, wal = tables.bytes_of(connection), tables.wal_mb(connection)
        started = stand.clock.now()
        own_seconds = change(url)
        seconds = own_seconds if isinstance(own_seconds, float) else stand.clock.now() - started
        wal = tables.wal_mb(connection) - wal
        growth = tables.bytes_of(connection) / size
        tables.verify(connection, rows)
        hot = tables.hot_share(connection)
    return {"time_s": seconds, "wal_mb": wal, "growth": growth, "hot": hot, "rows_per_s": rows / seconds}


BENCHMARK = Benchmark(
    name="computed_column",
    title="A computed column, 1 million rows, 3 indexes, idle",
    measure=measure,
)
