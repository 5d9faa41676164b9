"""How long the bulk work of a statement takes, as a range in seconds.

Rows are those of the statistics, as long as pages of the size they have can hold so few; an UPDATE or DELETE counts as
if it found every row. What is small enough to run as it is written is told from bytes alone (`longest`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from online_migrate.catalog.model import Catalog, Table
from online_migrate.plan.names import RelationName
from online_migrate.risk.effect import Effect
from online_migrate.risk.rates import DOCUMENTED, Range, Rates, rates_of, slowest

# A row with its header and pointer takes at least 28 bytes; below 64 the table has one or two columns.
ROW_BYTES_LEAST = 64
# Longer rows go to TOAST: a page with fewer than four is bloat, or the statistics are stale.
ROW_BYTES_MOST = 2048

_TEXT = ("text", "character", "citext", "bytea", "name")


@dataclass(frozen=True, slots=True)
class Size:
    """How much a set of tables holds.

    Attributes:
        bytes: of the heaps, as the files are.
        toast: bytes of long values stored beside them.
        rows: the estimate, for people and for the low end.
        rows_likely: for the high end.
        rows_most: how many may really be in so many bytes.
    """

    bytes: int
    toast: int
    rows: float
    rows_likely: float
    rows_most: float


_NOTHING = Size(bytes=0, toast=0, rows=0.0, rows_likely=0.0, rows_most=0.0)


def size_of(catalog: Catalog, names: tuple[RelationName, ...]) -> Size:
    """Add up what the tables hold; partitioned tables count by their own leaves in `names`, not twice."""
    if not names:
        return _NOTHING
    tables = [t for n in names if (t := catalog.table(n)) is not None and t.kind != "p"]
    return Size(
        bytes=sum(t.bytes for t in tables),
        toast=sum(max(0, t.total_bytes - t.bytes - sum(i.bytes for i in t.indexes)) for t in tables),
        rows=sum(_rows(t) for t in tables),
        rows_likely=sum(_rows_likely(t) for t in tables),
        rows_most=sum(_rows_most(t) for t in tables),
    )


def _rows(table: Table) -> float:
    return max(table.rows, 0.0) if table.bytes else 0.0


def _rows_most(table: Table) -> float:
    return max(_rows(table), float(table.live_rows), table.bytes / ROW_BYTES_LEAST)


def _rows_likely(table: Table) -> float:
    known = max(_rows(table), float(table.live_rows))
    return known if known >= table.bytes / ROW_BYTES_MOST else _rows_most(table)


@dataclass(frozen=True, slots=True)
class _Work:
    """So many units of work at a rate; `rows` of a table are counted in three ways, bytes are what they are."""

    rate: Range
    units: float
    likely: float
    most: float


def estimate(effect: Effect, catalog: Catalog) -> Range:
    """Return the seconds for which the statement holds its locks, once it has them, low and high."""
    work = tuple(_work(effect, catalog, rates_of(catalog.rates)))
    low = sum(w.units * w.rate[0] for w in work)
    return (round(low, 4), round(sum(w.likely * w.rate[1] for w in work), 4))


def batches(names: tuple[RelationName, ...], catalog: Catalog) -> Range:
    """Return the seconds that it takes to change every row of tables in batches, each time a table is named."""
    rate = rates_of(catalog.rates).batch_row
    sizes = tuple(size_of(catalog, (name,)) for name in names)
    return (round(sum(s.rows for s in sizes) * rate[0], 4), round(sum(s.rows_likely for s in sizes) * rate[1], 4))


def longest(effect: Effect, catalog: Catalog) -> float:
    """Return the seconds that it may take if the statistics are stale and the server is slower than it was measured."""
    return sum(w.most * w.rate[1] for w in _work(effect, catalog, slowest(rates_of(catalog.rates))))


def _work(effect: Effect, catalog: Catalog, rates: Rates) -> Iterator[_Work]:
    yield _fixed(rates.statement, 1)
    yield _fixed(rates.relation, len(effect.locks))
    scanned = tuple(n for n in effect.scanned if n not in effect.rewritten)
    yield _read(size_of(catalog, scanned), catalog, rates)
    yield _by_row(rates.scan_row, size_of(catalog, tuple(n for n in scanned if n not in effect.joined)))
    yield _by_row(rates.join_row, size_of(catalog, effect.joined))
    rewritten = size_of(catalog, effect.rewritten)
    yield _by_row(rates.rewrite_row, rewritten)
    yield _fixed(rates.rewrite_byte, rewritten.bytes + rewritten.toast)
    yield _by_row(rates.evaluate_row, size_of(catalog, effect.computed))
    for name in effect.indexed:
        yield from _index_built(name, effect.keys, catalog, rates)
    for name in effect.rewritten:
        for index in table.indexes if (table := catalog.table(name)) is not None else ():
            yield from _index_built(name, index.key_columns, catalog, rates)
    yield from _rows_changed(effect, catalog, rates)


def _index_built(name: RelationName, key: tuple[str | None, ...], catalog: Catalog, rates: Rates) -> Iterator[_Work]:
    size = size_of(catalog, (name,))
    yield _read(size, catalog, rates)
    yield _by_row(_entry(catalog.table(name), key, rates), size)


def _entry(table: Table | None, key: tuple[str | None, ...], rates: Rates) -> Range:
    """Return the rate of an index: text takes longer to compare; what is not known may be either."""
    columns = [table.column(name) if table is not None and name is not None else None for name in key]
    if not columns or None in columns:
        return (rates.index_row[0], rates.index_text_row[1])
    return rates.index_text_row if any(c is not None and c.type.startswith(_TEXT) for c in columns) else rates.index_row


def _rows_changed(effect: Effect, catalog: Catalog, rates: Rates) -> Iterator[_Work]:
    changed = size_of(catalog, effect.changed)
    for _ in range(effect.row_triggers):
        yield _by_row(rates.trigger_row, changed)
    if effect.deletes:
        yield _by_row(rates.delete_row, changed)
        yield _fixed(rates.delete_byte, changed.bytes)
        return
    yield _by_row(rates.update_row, changed)
    yield _fixed(rates.update_byte, changed.bytes)
    for name in effect.changed:
        for _ in table.indexes if (table := catalog.table(name)) is not None else ():
            yield _by_row(rates.update_index_row, size_of(catalog, (name,)))


def _read(size: Size, catalog: Catalog, rates: Rates) -> _Work:
    """Reading at the rate of memory, unless the server has not so much of it: then perhaps at that of a disk."""
    low, high = rates.scan_byte
    if size.bytes > catalog.cache_bytes:
        high = max(high, DOCUMENTED.scan_byte[1])
    return _fixed((low, high), size.bytes)


def _fixed(rate: Range, units: float) -> _Work:
    return _Work(rate, units, units, units)


def _by_row(rate: Range, size: Size) -> _Work:
    return _Work(rate, size.rows, size.rows_likely, size.rows_most)
