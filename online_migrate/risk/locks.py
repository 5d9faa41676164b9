"""Which relations a statement reaches from the one it names: partitions, heirs and foreign keys both ways."""

from collections.abc import Iterable

from online_migrate.catalog.model import Catalog, Index, Table, TableConstraint
from online_migrate.grammar.analysis import conjuncts, null_rejecting_columns
from online_migrate.plan.names import Lock, LockMode, RelationName


def family(catalog: Catalog, name: RelationName, *, only: bool = False) -> tuple[RelationName, ...]:
    """Return a relation with every partition or inheriting table below it; itself alone for ONLY."""
    return (name,) if only else (name, *(t.name for t in catalog.descendants(name)))


def partitions(catalog: Catalog, name: RelationName) -> tuple[RelationName, ...]:
    """Return a relation with its partitions at every depth; inheriting tables are no partitions."""
    table = catalog.table(name)
    return family(catalog, name, only=table is None or table.kind != "p")


def leaves(catalog: Catalog, names: Iterable[RelationName]) -> tuple[RelationName, ...]:
    """Return those of the relations that hold rows."""
    tables = (catalog.table(n) for n in names)
    return tuple(t.name for t in tables if t is not None and t.kind in ("r", "m"))


def locked(names: Iterable[RelationName], mode: LockMode) -> tuple[Lock, ...]:
    """Return the same lock on each relation."""
    return tuple(Lock(relation=n, mode=mode) for n in names)


def merge(*groups: Iterable[Lock]) -> tuple[Lock, ...]:
    """Return one lock for each relation, the strongest, in the order the relations were first named."""
    strongest: dict[RelationName, LockMode] = {}
    for lock in (lock for group in groups for lock in group):
        known = strongest.get(lock.relation)
        if known is None or lock.mode.strength > known.strength:
            strongest[lock.relation] = lock.mode
    return tuple(Lock(relation=n, mode=m) for n, m in strongest.items())


def foreign_keys(table: Table | None, column: str | None = None) -> tuple[TableConstraint, ...]:
    """Return the foreign keys of a table, only those that contain the column when one is given."""
    if table is None:
        return ()
    return tuple(c for c in table.constraints if c.type == "foreign_key" and (column is None or column in c.columns))


def referenced_families(catalog: Catalog, keys: Iterable[TableConstraint]) -> tuple[RelationName, ...]:
    """Return the tables that foreign keys point at, with their partitions."""
    return tuple(n for key in keys if key.referenced is not None for n in partitions(catalog, key.referenced))


def bases(catalog: Catalog, view: RelationName) -> tuple[RelationName, ...]:
    """Return the relations a view reads."""
    return tuple(t.name for t in catalog.tables.values() if view in t.dependents)


def joined_by_keys(partitioned: Table | None, catalog: Catalog) -> tuple[Lock, ...]:
    """Return the locks on tables joined to a partitioned one by foreign keys, while it gets or loses a partition."""
    if partitioned is None:
        return ()
    referring = dict.fromkeys(table.name for table, _ in catalog.referencing(partitioned.name))
    # PostgreSQL 15 began to give each new partition triggers of its own.
    weaker = catalog.server_version_num < 150000
    return (
        *locked(referenced_families(catalog, foreign_keys(partitioned)), LockMode.SHARE_ROW_EXCLUSIVE),
        *locked(referring, LockMode.ACCESS_SHARE if weaker else LockMode.SHARE_ROW_EXCLUSIVE),
    )


def has_index_for(table: Table, columns: tuple[str, ...]) -> bool:
    """Tell whether an index finds rows by these columns, in whatever order it has them."""
    width = len(columns)
    return any(
        i.valid and has_all_but_nulls(i, columns) and set(i.key_columns[:width]) == set(columns) for i in table.indexes
    )


def has_all_but_nulls(index: Index, columns: tuple[str, ...]) -> bool:
    """Tell whether an index has every row in which none of the columns is NULL: all that a foreign key looks for."""
    if index.predicate is None:
        return True
    return all(
        null_rejecting_columns(part) and set(null_rejecting_columns(part)) <= set(columns)
        for part in conjuncts(index.predicate)
    )
