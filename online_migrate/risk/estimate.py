"""How long the bulk work of a statement takes, as a range in seconds.

The low end is a fast idle server with the table in memory, the high end a busy one that reads from a network disk.
Every rate has its source beside it; the high end never rests on a row estimate alone, since reltuples may be stale.
"""

from dataclasses import dataclass

from online_migrate.catalog.model import Catalog
from online_migrate.plan.names import RelationName
from online_migrate.risk.effect import Effect

MB = 1024 * 1024

# Changing the catalog: 0.6 to 6 ms measured on PostgreSQL 18; the high end leaves room for a cold cache.
MOMENT_S = (0.0005, 0.02)
RELATION_S = (0.0001, 0.002)

# Sequential scan, checking one expression: 0.5 to 1 GB/s from memory, 100 MB/s is a cloud volume's baseline (gp3: 125).
SCAN_BYTES_PER_S = (1000 * MB, 100 * MB)
# ALTER TYPE rewrite of 1 million rows with 3 indexes, 229 MB in all: 2.9 s measured, its heap alone half of that.
REWRITE_BYTES_PER_S = (300 * MB, 40 * MB)
# Sorting and writing a btree of 1 million rows: 0.8 s (integer) to 6.8 s (64 characters, a busy machine) measured.
INDEX_ROW_S = (0.2e-6, 5e-6)
# One UPDATE of 1 million rows with 3 indexes, 229 MB: 15.7 to 27 s measured; DELETE of half of them 2 s.
CHANGE_ROW_S = (0.5e-6, 40e-6)

# A row with its header and pointer takes at least 28 bytes; below 64 the table has one or two columns.
ROW_BYTES_LEAST = 64


@dataclass(frozen=True, slots=True)
class Size:
    """How much a set of tables holds.

    Attributes:
        bytes: of the heaps, as the files are.
        rows: the estimate, for people and for the low end.
        rows_most: how many may really be in so many bytes.
    """

    bytes: int
    rows: float
    rows_most: float


def size_of(catalog: Catalog, names: tuple[RelationName, ...]) -> Size:
    """Add up what the tables hold; partitioned tables count by their own leaves in `names`, not twice."""
    tables = [t for n in names if (t := catalog.table(n)) is not None and t.kind != "p"]
    heap = sum(t.bytes for t in tables)
    rows = sum(max(t.rows, 0.0) if t.bytes else 0.0 for t in tables)
    return Size(bytes=heap, rows=rows, rows_most=max(rows, heap / ROW_BYTES_LEAST))


def estimate(effect: Effect, catalog: Catalog) -> tuple[float, float]:
    """Return the seconds for which the statement holds its locks, once it has them, low and high."""
    low, high = MOMENT_S
    low += RELATION_S[0] * len(effect.locks)
    high += RELATION_S[1] * len(effect.locks)
    rewritten = size_of(catalog, effect.rewritten)
    scanned = size_of(catalog, tuple(n for n in effect.scanned if n not in effect.rewritten))
    rebuilt = [size_of(catalog, (n,)) for n in effect.indexed]
    rebuilt += [size_of(catalog, (n,)) for n in effect.rewritten for _ in _indexes(catalog, n)]
    changed = size_of(catalog, effect.changed)
    low += rewritten.bytes / REWRITE_BYTES_PER_S[0] + scanned.bytes / SCAN_BYTES_PER_S[0]
    high += rewritten.bytes / REWRITE_BYTES_PER_S[1] + scanned.bytes / SCAN_BYTES_PER_S[1]
    low += sum(s.bytes / SCAN_BYTES_PER_S[0] / 4 + s.rows * INDEX_ROW_S[0] for s in rebuilt)
    high += sum(s.bytes / SCAN_BYTES_PER_S[1] / 4 + s.rows_most * INDEX_ROW_S[1] for s in rebuilt)
    low += changed.rows * CHANGE_ROW_S[0]
    high += changed.rows_most * CHANGE_ROW_S[1]
    return (round(low, 4), round(high, 4))


def _indexes(catalog: Catalog, name: RelationName) -> range:
    table = catalog.table(name)
    return range(len(table.indexes) if table is not None else 0)
