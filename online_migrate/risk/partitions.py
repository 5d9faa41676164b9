"""Attaching and detaching partitions."""

from online_migrate.catalog.model import Catalog, Index, Table, TableConstraint
from online_migrate.grammar.conditions import Unknown, negated
from online_migrate.grammar.statements import AlterTableOther
from online_migrate.grammar.subcommands import attached_bounds
from online_migrate.plan.names import LockMode
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.locks import (
    family,
    foreign_keys,
    joined_by_keys,
    leaves,
    locked,
    merge,
    partitions,
    referenced_families,
)
from online_migrate.risk.tables import belonging, default_partition, partition_rows, unproved


def attach(statement: AlterTableOther, catalog: Catalog) -> Effect:
    """The parent stays usable; the new partition, and the DEFAULT one, are read unless a CHECK proves their bounds."""
    parent = catalog.table(statement.table)
    child = catalog.table(statement.other) if statement.other is not None else None
    default = default_partition(parent, catalog)
    bound = attached_bounds(statement.sql)
    wanted = belonging(bound, parent, catalog) if parent is not None else Unknown()
    unproved_rows = unproved(child, wanted, catalog)
    unproved_default = unproved(default, negated(wanted), catalog)
    # What the parent has and the new partition lacks is made for it: indexes are built, foreign keys are checked.
    built = [i for i in parent.indexes if not _has_index(child, i)] if parent is not None and child is not None else []
    keys = [k for k in foreign_keys(parent) if not _has_key(child, k)]
    # A foreign key of its own gives way to the parent's, and its triggers on the other table go.
    given_up = [k for k in foreign_keys(parent) if k not in keys]
    work = unproved_rows or unproved_default or built or keys
    return Effect(
        migration_type="Attach Partition" if work else "Attach Partition proved by a constraint",
        locks=merge(
            locked((statement.table,), LockMode.SHARE_UPDATE_EXCLUSIVE),
            locked(family(catalog, child.name) if child is not None else (), LockMode.ACCESS_EXCLUSIVE),
            locked(family(catalog, default.name) if default is not None else (), LockMode.ACCESS_EXCLUSIVE),
            joined_by_keys(parent, catalog),
            locked(referenced_families(catalog, given_up), LockMode.ACCESS_EXCLUSIVE),
        ),
        scanned=unique(
            (
                *(partition_rows(child, catalog) if keys else unproved_rows),
                *unproved_default,
                *leaves(catalog, referenced_families(catalog, keys)),
            )
        ),
        indexed=tuple(n for _ in built for n in partition_rows(child, catalog)),
        notes=sentences(
            "A valid CHECK that repeats the bounds would spare the scan" if unproved_rows else None,
            "The DEFAULT partition is searched for rows that belong to the new one" if unproved_default else None,
            f"Built for the new partition: what {', '.join(i.name.name for i in built)} is above" if built else None,
            f"Checked for the new partition: {', '.join(k.name for k in keys)}" if keys else None,
        ),
    )


def _has_index(table: Table, wanted: Index) -> bool:
    def shape(index: Index) -> tuple[object, ...]:
        return (index.key_columns, index.included, index.unique, index.method, index.predicate, index.has_expressions)

    return any(i.valid and shape(i) == shape(wanted) for i in table.indexes)


def _has_key(table: Table | None, wanted: TableConstraint) -> bool:
    def shape(key: TableConstraint) -> tuple[object, ...]:
        return (key.columns, key.referenced, key.referenced_columns)

    return any(k.valid and shape(k) == shape(wanted) for k in foreign_keys(table))


def detach(statement: AlterTableOther, catalog: Catalog) -> Effect:
    """Queries of the whole table wait; CONCURRENTLY they do not."""
    child = family(catalog, statement.other) if statement.other is not None else ()
    if statement.concurrent or statement.subcommand == "DetachPartitionFinalize":
        return Effect(
            migration_type="Detach Partition concurrently",
            locks=merge(
                locked((statement.table,), LockMode.SHARE_UPDATE_EXCLUSIVE),
                locked(child, LockMode.ACCESS_EXCLUSIVE),
                joined_by_keys(catalog.table(statement.table), catalog),
            ),
        )
    default = default_partition(catalog.table(statement.table), catalog)
    other = partitions(catalog, default.name) if default is not None and default.name not in child else ()
    return Effect(
        migration_type="Detach Partition",
        locks=merge(
            locked(unique((statement.table, *child, *other)), LockMode.ACCESS_EXCLUSIVE),
            joined_by_keys(catalog.table(statement.table), catalog),
            # The triggers that kept its rows from being deleted go.
            locked((t.name for t, _ in catalog.referencing(statement.table)), LockMode.ACCESS_EXCLUSIVE),
        ),
        notes=("Queries of the parent no longer find its rows",),
    )
