"""What writers pay for the fill trigger, which stays from before the first batch until the old code is gone.

The same writes are made on a table with the column alone and on one with its trigger: INSERT, an UPDATE of a column
that the filled one is computed from, and an UPDATE of another column. In bulk (one statement for many rows) there is
nothing but the trigger to pay for; row by row (a statement and a commit for each row, as applications write) it
drowns in the rest. For bulk updates under pgroll's triggers its own benchmark reports 4.3 times the time.
"""

from collections.abc import Callable
from functools import partial

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.model import Benchmark, Figure, Findings, Sample, ratios
from benchmarks.stand import Stand

WITHOUT, WITH = "without the trigger", "with the trigger"
WRITES = {"insert": "INSERT", "update_source": "UPDATE of a source column", "update_other": "UPDATE of another column"}


def measure(stand: Stand) -> Findings:
    """Write to a table without, and to one with the trigger."""
    rows, written, single = (
        stand.size(300_000, quick=5_000),
        stand.size(100_000, quick=1_000),
        stand.size(2000, quick=50),
    )
    expand = partial(product.deploy, phase="expand")

    def run(prepare: Callable[[str], object]) -> Callable[[], Sample]:
        return lambda: _write(stand, rows=rows, written=written, single=single, prepare=prepare)

    samples = stand.rounds({WITHOUT: run(keyset.add_column), WITH: run(expand)})
    figures = (
        Figure(what=f"{title}, {kind}", compared=WITHOUT, values=ratios(samples, f"{write}_{kind}_s", WITH, WITHOUT))
        for kind in ("bulk", "single")
        for write, title in WRITES.items()
    )
    return Findings(figures=tuple(figures), samples=samples)


def _write(stand: Stand, *, rows: int, written: int, single: int, prepare: Callable[[str], object]) -> Sample:
    sample: dict[str, float] = {}
    with tables.fresh(stand, rows) as url:
        prepare(url)
        with psycopg.connect(url, autocommit=True) as connection, psycopg.RawCursor(connection) as cursor:
            for write in WRITES:
                # Rows that no earlier write has touched, so that each finds pages as full as the others did.
                first = rows + 1 if write == "insert" else 1 if write == "update_source" else rows // 2 + 1
                statement = tables.query(f"write_{write}")
                last = first + written - 1
                sample[f"{write}_bulk_s"] = stand.timed(partial(cursor.execute, statement, [first, last]))
                sample[f"{write}_single_s"] = stand.timed(partial(_one_by_one, cursor, statement, last + 1, single))
    return sample


def _one_by_one(cursor: psycopg.RawCursor[tuple[object, ...]], statement: bytes, first: int, count: int) -> None:
    for number in range(first, first + count):
        cursor.execute(statement, [number, number])


BENCHMARK = Benchmark(name="trigger_cost", title="What writers pay for the fill trigger", measure=measure)
