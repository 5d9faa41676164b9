"""How many statements of the application would wait for a naive one, at the average rate of its tables."""

from math import ceil, floor

from online_migrate.catalog.model import Catalog
from online_migrate.plan.names import LockMode
from online_migrate.risk.effect import Effect
from online_migrate.risk.rates import Range

# Over a shorter time an average says nothing: a table may have been filled in it.
STATISTICS_LEAST_S = 600.0


def waiting_statements(effect: Effect, catalog: Catalog, seconds: Range) -> tuple[int, int] | None:
    """Return how many would wait in that time, low and high; None where the statistics are too young, or of no age.

    Rows written and scans begun are counted since the statistics were reset: a statement that writes many rows counts
    as many. Of rows that are changed in bulk only their own writers wait: none of them, or all.
    """
    if catalog.statistics_s is None or catalog.statistics_s < STATISTICS_LEAST_S:
        return None
    stopped = 0
    for lock in effect.locks:
        table = catalog.table(lock.relation)
        if table is not None and lock.mode.blocks in ("writes", "reads and writes"):
            stopped += table.writes + (table.reads if lock.mode is LockMode.ACCESS_EXCLUSIVE else 0)
    tables = (catalog.table(name) for name in effect.changed)
    held_up = sum(table.writes for table in tables if table is not None)
    low, high = (s / catalog.statistics_s for s in seconds)
    return (floor(stopped * low), ceil((stopped + held_up) * high))
