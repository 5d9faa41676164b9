"""The locks that a step states: by relation, strongest mode each, partitions included."""

from collections.abc import Iterable

from online_migrate.catalog.model import Catalog
from online_migrate.plan.names import Lock, LockMode, RelationName


def on(mode: LockMode, *relations: RelationName) -> tuple[Lock, ...]:
    """Return one lock of this mode on each relation."""
    return tuple(Lock(relation, mode) for relation in relations)


def on_tree(mode: LockMode, catalog: Catalog, *tables: RelationName) -> tuple[Lock, ...]:
    """Return locks on tables and on every partition or inheriting table below them."""
    return strongest(
        Lock(relation, mode)
        for table in tables
        for relation in (table, *(below.name for below in catalog.descendants(table)))
    )


def strongest(locks: Iterable[Lock]) -> tuple[Lock, ...]:
    """Return one lock per relation, the strongest, in the order in which relations first appear."""
    best: dict[RelationName, Lock] = {}
    for lock in locks:
        held = best.get(lock.relation)
        if held is None or lock.mode.strength > held.mode.strength:
            best[lock.relation] = lock
    return tuple(best.values())
