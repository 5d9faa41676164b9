"""A new column computed from others, on an idle server: seconds, WAL and how much the table has grown.

- one UPDATE: `ALTER TABLE ... ADD COLUMN` and `UPDATE` of the whole table in one transaction, as a naive migration does
- keyset batches: a loop of 1,000 rows each by primary key, as pgroll, reshape and online_migrations run it
- `online-migrate`: the same two statements deployed, with 1 worker and with 2. `time_s` is the backfill with its
  verification, which stands for the UPDATE; `whole_s` the whole deploy, from the first look at the catalog, with
  planning, journal, trigger and contract, most of which takes as long for a row as for a million

The column has eight bytes; "text" is another of about twenty, so that more rows have to leave their page, whose
index entries then have to be made anew. `hot` is the share of updates that touched no index.

Where the time goes (a profile of the server's CPU, 300,000 rows of this table): one UPDATE takes 2.6 to 2.9 s of it,
the statements of the stripes alone, without a line of our own, 1.9 to 2.1 s, which is 0.67 to 0.70. A row that stays on
its page costs 3.3 us, one that has to leave it 15 us; in a full table that is one row in each stripe of a page and
what the new column takes, 15 % here. 12, 16, 20, 24 and 32 stripes took 1.9, 2.0, 2.1, 2.3 and 2.7 s: more commits and
more visits to each page outweigh what fewer leave. The trigger that keeps the column filled costs each row a lock of
its own, 0.15 to 0.25 s. On this machine the UPDATE is bound by the processor too; where the disk decides, the ratio is
that of the WAL.
"""

from collections.abc import Callable
from functools import partial

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.model import Benchmark, Figure, Findings, Sample, each, ratios
from benchmarks.product import Deployed
from benchmarks.stand import Stand
from benchmarks.tables import FULL_NAME, POINTS

UPDATE, KEYSET = "one UPDATE", "keyset batches of 1,000"
ONE, TWO = "1 worker", "2 workers"
TEXT_UPDATE, TEXT_ONE = "text, one UPDATE", "text, 1 worker"
BEFORE = "size before"


def measure(stand: Stand) -> Findings:
    """Run the ways in turn."""
    rows = stand.size(1_000_000, quick=10_000)
    ways: dict[str, tuple[str, Callable[[str], object]]] = {
        UPDATE: (POINTS, partial(product.apply_naively, column=POINTS)),
        ONE: (POINTS, lambda url: product.deploy(url, POINTS)),
        KEYSET: (POINTS, partial(_by_keyset, stand)),
        TWO: (POINTS, lambda url: product.deploy(url, POINTS, workers=2)),
        TEXT_UPDATE: (FULL_NAME, product.apply_naively),
        TEXT_ONE: (FULL_NAME, product.deploy),
    }
    samples = stand.rounds({way: partial(_run, stand, rows, column, change) for way, (column, change) in ways.items()})

    def ratio(what: str, name: str, way: str, compared: str, at_most: float | None = None) -> Figure:
        return Figure(what=what, compared=compared, values=ratios(samples, name, way, compared), at_most=at_most)

    def growth(way: str, at_most: float | None = None) -> Figure:
        return Figure(what=f"size, {way}", compared=BEFORE, values=each(samples, way, "growth"), at_most=at_most)

    return Findings(
        figures=(
            ratio("time, 1 worker", "time_s", ONE, UPDATE, 0.60),
            ratio("time, 2 workers", "time_s", TWO, UPDATE, 0.45),
            ratio("time, 1 worker", "time_s", ONE, KEYSET, 0.45),
            ratio("time, 2 workers", "time_s", TWO, KEYSET, 0.30),
            ratio("whole deploy, 1 worker", "whole_s", ONE, UPDATE),
            ratio("whole deploy, 2 workers", "whole_s", TWO, UPDATE),
            ratio("WAL, 1 worker", "wal_mb", ONE, UPDATE, 0.60),
            growth(ONE, 1.25),
            growth(TWO),
            growth(UPDATE),
            ratio("time, text", "time_s", TEXT_ONE, TEXT_UPDATE),
            ratio("WAL, text", "wal_mb", TEXT_ONE, TEXT_UPDATE),
            growth(TEXT_ONE),
        ),
        samples=samples,
    )


def _by_keyset(stand: Stand, url: str) -> None:
    keyset.add_column(url, POINTS)
    keyset.fill(url, stand.clock, POINTS)


def _run(stand: Stand, rows: int, column: str, change: Callable[[str], object]) -> Sample:
    """Change a fresh table; a deploy has timed itself, in its own process."""
    with tables.fresh(stand, rows) as url, psycopg.connect(url, autocommit=True) as connection:
        size, wal = tables.bytes_of(connection), tables.wal_mb(connection)
        started = stand.clock.now()
        done = change(url)
        whole = seconds = stand.clock.now() - started
        if isinstance(done, Deployed):
            whole, seconds = done.seconds, done.backfill_s
        wal = tables.wal_mb(connection) - wal
        growth = tables.bytes_of(connection) / size
        tables.verify(connection, rows, column)
        hot = tables.hot_share(connection)
    return {
        "time_s": seconds,
        "whole_s": whole,
        "wal_mb": wal,
        "growth": growth,
        "hot": hot,
        "rows_per_s": rows / seconds,
    }


BENCHMARK = Benchmark(
    name="computed_column",
    title="A computed column, 1 million rows, 3 indexes, idle",
    measure=measure,
)
