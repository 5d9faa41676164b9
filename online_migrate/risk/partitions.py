"""Attaching and detaching partitions."""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar.statements import AlterTableOther
from online_migrate.plan.names import LockMode
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.expressions import proved_not_null
from online_migrate.risk.locks import family, joined_by_keys, locked, merge, partitions
from online_migrate.risk.tables import default_partition, partition_rows


def attach(statement: AlterTableOther, catalog: Catalog) -> Effect:
    """The parent stays usable; the new partition, and the DEFAULT one, are read unless a CHECK proves their bounds."""
    parent = catalog.table(statement.table)
    child = catalog.table(statement.other) if statement.other is not None else None
    default = default_partition(parent, catalog)
    columns = parent.partition_columns if parent is not None else ()
    read_child = child is not None and not _bounded(child, columns)
    read_default = default is not None and not _bounded(default, columns)
    return Effect(
        migration_type="Attach Partition" if read_child or read_default else "Attach Partition proved by a constraint",
        locks=merge(
            locked((statement.table,), LockMode.SHARE_UPDATE_EXCLUSIVE),
            locked(family(catalog, child.name) if child is not None else (), LockMode.ACCESS_EXCLUSIVE),
            locked(family(catalog, default.name) if default is not None else (), LockMode.ACCESS_EXCLUSIVE),
            joined_by_keys(parent, catalog),
        ),
        scanned=unique(
            (
                *(partition_rows(child, catalog) if read_child else ()),
                *(partition_rows(default, catalog) if read_default else ()),
            )
        ),
        notes=sentences(
            "A valid CHECK that repeats the bounds would spare the scan" if read_child else None,
            "The DEFAULT partition is searched for rows that belong to the new one" if read_default else None,
        ),
    )


def _bounded(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether a valid CHECK on the partition key and NOT NULL may prove the bounds; the CHECK is taken at its word."""
    checked = any(
        c.type == "check" and c.valid and c.enforced and set(c.columns) & set(columns) for c in table.constraints
    )
    return checked and (table.is_default_partition or all(proved_not_null(table, c) for c in columns))


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
