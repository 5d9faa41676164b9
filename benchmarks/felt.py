"""A change of a fresh table under traffic, and what the traffic felt of it."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from benchmarks import tables
from benchmarks.model import Sample
from benchmarks.stand import Stand
from benchmarks.traffic import percentile, traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to fill the column.

    Attributes:
        change: what is measured.
        prepare: before the traffic begins.
        finish: after it has ended.
        misses: leaves out rows that are written meanwhile; that is counted and no failure.
    """

    change: Callable[[str], object]
    prepare: Callable[[str], object] | None = None
    finish: Callable[[str], object] | None = None
    misses: bool = False


def change_under_traffic(stand: Stand, rows: int, way: Way) -> Sample:
    """Make traffic alone for some seconds, then the change under it; verify the table.

    Raises:
        WrongResult: a way that must not miss rows did.
    """
    with tables.fresh(stand, rows) as url:
        if way.prepare is not None:
            way.prepare(url)
        with traffic(url, rows) as felt:
            began = stand.clock.now()
            stand.clock.sleep(stand.size(10, quick=2))
            started = stand.clock.now()
            way.change(url)
            ended = stand.clock.now()
            stand.clock.sleep(1)
        if way.finish is not None:
            way.finish(url)
        with psycopg.connect(url) as connection:
            missed = tables.wrong_rows(connection)
            if not way.misses:
                tables.verify(connection, None)
    alone, during = felt.between(began, started), felt.between(started, ended)
    return {
        "added_p999_ms": (percentile(during, 0.999) - percentile(alone, 0.999)) * 1000,
        "p50_ms": percentile(during, 0.5) * 1000,
        "p99_ms": percentile(during, 0.99) * 1000,
        "p999_ms": percentile(during, 0.999) * 1000,
        "p999_alone_ms": percentile(alone, 0.999) * 1000,
        "slowest_ms": during[-1] * 1000,
        "time_s": ended - started,
        "errors": felt.errors.total(),
        "missed": missed,
    }
