"""Tables of 0.1 to 20 million rows: time for each row, and the most memory that the process ever had.

The time for a row is that from the first batch to the last. What a deploy takes besides is shown beside it: it begins
with a look at the server, and ends with the sweep that proves that no row was missed. Each size is loaded anew.

One UPDATE of each size stands beside it: a row of a larger table costs PostgreSQL itself more, for its pages and
entries of indexes no longer lie in the caches of the processor, and the disk is written to while it runs. The server
has memory for the largest of them: with 512 MB, which hold a million rows and no more, and 4 GB of WAL between two
checkpoints, a row of 20 million took 1.43 times as long as one of a million, for pages were written and read again, and
each checkpoint had every page in the WAL once more.
"""

from functools import partial

import psycopg

from benchmarks import product, tables
from benchmarks.model import Benchmark, Figure, Findings, Line, Plot, Sample, Samples, each
from benchmarks.stand import SETTINGS, Stand
from online_migrate.embedded import Server

MILLION = 1_000_000
_RUNS = {5 * MILLION: 2, 20 * MILLION: 1}
_ROOM = {"shared_buffers": "8GB", "max_wal_size": "32GB"}


def measure(stand: Stand) -> Findings:
    """Fill the column of every size."""
    sizes: tuple[int, ...] = (2_000, 10_000) if stand.quick else (MILLION // 10, MILLION, 5 * MILLION)
    if stand.large:
        sizes += (20 * MILLION,)
    server = Server.start(settings={**SETTINGS, **({} if stand.quick else _ROOM)})
    try:
        samples = {
            way: found
            for size in sizes
            for way, found in stand.rounds(
                {_name(size): partial(_run, server, size), _update(size): partial(_run_update, stand, server, size)},
                runs=_RUNS.get(size, stand.runs),
            ).items()
        }
    finally:
        server.stop()
    base = sizes[1]
    return Findings(
        figures=(
            *(_per_row(samples, _name(size), _name(base), 1.2) for size in sizes if size != base),
            *(_per_row(samples, _update(size), _update(base)) for size in sizes if size > base),
            *(_memory(samples, _name(size)) for size in sizes),
            Figure(
                what=f"memory, {_name(sizes[-1])}",
                compared=_name(sizes[0]),
                values=(
                    max(each(samples, _name(sizes[-1]), "peak_mb")) / max(each(samples, _name(sizes[0]), "peak_mb")),
                ),
                at_most=1.1,
            ),
        ),
        samples=samples,
        notes=()
        if stand.large
        else ("20 million rows are measured with `--large` only, which takes some minutes more.",),
        plots=(_plot(samples, sizes),),
    )


def _name(size: int) -> str:
    return f"{size / MILLION:g} million rows"


def _update(size: int) -> str:
    return f"one UPDATE, {_name(size)}"


def _run_update(stand: Stand, server: Server, rows: int) -> Sample:
    url = tables.load(server, "sized", rows)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            started = stand.clock.now()
            connection.execute(tables.query("full_name"))
            seconds = stand.clock.now() - started
            tables.verify(connection, rows)
    finally:
        server.drop_database("sized")
    return {"us_per_row": seconds / rows * 1e6, "walk_s": seconds}


def _run(server: Server, rows: int) -> Sample:
    url = tables.load(server, "sized", rows)
    try:
        deployed = product.deploy(url)
        with psycopg.connect(url) as connection:
            tables.verify(connection, rows)
    finally:
        server.drop_database("sized")
    first, last = deployed.batches[0], deployed.batches[-1]
    walk_s = last.at - first.at
    return {
        "us_per_row": walk_s / (rows - first.rows) * 1e6,
        "walk_s": walk_s,
        "besides_s": deployed.seconds - walk_s,
        "peak_mb": deployed.peak_mb,
    }


def _per_row(samples: Samples, way: str, base: str, at_most: float | None = None) -> Figure:
    middle = sorted(each(samples, base, "us_per_row"))[len(samples[base]) // 2]
    values = tuple(value / middle for value in each(samples, way, "us_per_row"))
    return Figure(what=f"time for a row, {way}", compared=base, values=values, at_most=at_most)


def _memory(samples: Samples, way: str) -> Figure:
    return Figure(what=f"memory, {way}", values=each(samples, way, "peak_mb"), unit="MB", at_most=120)


def _plot(samples: Samples, sizes: tuple[int, ...]) -> Plot:
    def line(name: str, label: str) -> Line:
        values = (each(samples, _name(size), name) for size in sizes)
        return Line(label=label, x=tuple(size / MILLION for size in sizes), y=tuple(round(min(v), 1) for v in values))

    return Plot(
        name="growth",
        title="What grows with the table",
        x="million rows",
        y="MB, microseconds",
        lines=(line("peak_mb", "memory, MB"), line("us_per_row", "time for a row, microseconds")),
    )


BENCHMARK = Benchmark(name="sizes", title="From 0.1 to 20 million rows", measure=measure)
