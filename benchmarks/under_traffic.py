"""What an application feels: 300 requests a second on the table that is changed, four of ten of them writes.

The loop is open: a request is due whether the one before has been answered or not, and its latency counts from when it
was due. Each run begins with some seconds of the traffic alone; what the change adds is the difference to them.

- `online-migrate`: `deploy` up to the gate, with the default policy, which slows down for the application's sake
- keyset batches: the loop of 1,000 rows each, which does not
- one UPDATE: the column is there already, so that nothing but row locks is felt. The rows that were written meanwhile
  are missed by it, and by the keyset batches.
"""

from functools import partial

import psycopg

from benchmarks import keyset, product, tables
from benchmarks.felt import Way, change_under_traffic
from benchmarks.model import Benchmark, Figure, Findings, each
from benchmarks.stand import Stand
from benchmarks.traffic import RATE

UPDATE, KEYSET, ONLINE = "one UPDATE", "keyset batches of 1,000", "online-migrate"


def measure(stand: Stand) -> Findings:
    """Change the table under traffic in each way."""
    rows = stand.size(1_000_000, quick=20_000)
    slowed: list[str] = []
    samples = stand.rounds(
        {
            name: partial(change_under_traffic, stand, rows, way)
            for name, way in {
                ONLINE: Way(change=partial(to_the_gate, slowed)),
                KEYSET: Way(change=partial(keyset.fill, clock=stand.clock), prepare=keyset.add_column, misses=True),
                UPDATE: Way(change=_update, prepare=keyset.add_column, misses=True),
            }.items()
        }
    )
    return Findings(
        figures=(
            Figure(what="added p99.9", values=each(samples, ONLINE, "added_p999_ms"), unit="ms", at_most=100),
            Figure(what=f"added p99.9, {KEYSET}", values=each(samples, KEYSET, "added_p999_ms"), unit="ms"),
            Figure(what=f"added p99.9, {UPDATE}", values=each(samples, UPDATE, "added_p999_ms"), unit="ms"),
            Figure(what="slowest request", values=each(samples, ONLINE, "slowest_ms"), unit="ms"),
            Figure(what=f"slowest request, {UPDATE}", values=each(samples, UPDATE, "slowest_ms"), unit="ms"),
            Figure(what="missed", values=each(samples, ONLINE, "missed"), unit="rows", at_most=0),
            Figure(what=f"missed, {KEYSET}", values=each(samples, KEYSET, "missed"), unit="rows"),
        ),
        samples=samples,
        notes=reasons(slowed),
    )


def to_the_gate(slowed: list[str], url: str) -> None:
    """Deploy expand and migrate: contract waits until the code that makes this traffic is gone.

    Args:
        slowed: is told why it did not go at full speed.
    """
    slowed.extend(product.deploy(url, phase="migrate").slowed)


def reasons(slowed: list[str]) -> tuple[str, ...]:
    """Return the first of them as notes."""
    return tuple(f"{ONLINE} said: {reason}" for reason in slowed[:3])


def _update(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(tables.query("fill_full_name"))


BENCHMARK = Benchmark(
    name="under_traffic",
    title=f"A computed column, 1 million rows, under {RATE} requests a second",
    measure=measure,
)
