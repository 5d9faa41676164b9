"""Whole tables: creating, dropping, renaming, emptying. A table nobody can see yet is left out of the locks."""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar.conditions import All, Condition, Unknown, bounds_of, negated
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import CreateTable, DropTable, RenameTable, SetSchema, Truncate
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.expressions import relations_read
from online_migrate.risk.locks import (
    bases,
    family,
    foreign_keys,
    joined_by_keys,
    leaves,
    locked,
    merge,
    partitions,
    referenced_families,
)
from online_migrate.risk.proofs import proves


def create_table(statement: CreateTable, catalog: Catalog) -> Effect:
    """A new table blocks nobody, but what it refers to, inherits from or is a partition of is locked."""
    if statement.if_not_exists and catalog.table(statement.table) is not None:
        return Effect(migration_type="Create Table", notes=("It is there already",))
    inline = (c for column in statement.columns for c in column.constraints)
    keys = [c for c in (*statement.constraints, *inline) if c.type == "foreign_key"]
    parent = catalog.table(statement.partition_of) if statement.partition_of is not None else None
    read = relations_read(statement.query, catalog) if statement.query is not None else ()
    default = default_partition(parent, catalog)
    bound = statement.partition_bound
    wanted = belonging(bound, parent, catalog) if parent is not None and bound is not None else Unknown()
    searched = unproved(default, negated(wanted), catalog)
    kind = "Create Table with Foreign Key" if keys else "Create Table"
    if parent is not None:
        kind = "Create Partition"
    elif statement.query is not None:
        kind = "Create Table as Query"
    return Effect(
        migration_type=kind,
        locks=merge(
            locked(_referenced(keys, statement.table, catalog), LockMode.SHARE_ROW_EXCLUSIVE),
            _joining(parent, default, catalog),
            locked(statement.inherits, LockMode.SHARE_UPDATE_EXCLUSIVE),
            locked(statement.like, LockMode.ACCESS_SHARE),
            locked(read, LockMode.ACCESS_SHARE),
        ),
        scanned=(*leaves(catalog, read), *searched),
        notes=sentences("Its DEFAULT partition is searched for rows that belong here" if searched else None),
    )


def _referenced(keys: list[Constraint], table: RelationName, catalog: Catalog) -> tuple[RelationName, ...]:
    others = (c.referenced for c in keys if c.referenced is not None and c.referenced != table)
    return tuple(n for other in others for n in partitions(catalog, other))


def _joining(parent: Table | None, default: Table | None, catalog: Catalog) -> tuple[Lock, ...]:
    """A partition takes over its parent's foreign keys, in both directions."""
    if parent is None:
        return ()
    return merge(
        locked((parent.name,), LockMode.ACCESS_EXCLUSIVE),
        locked(family(catalog, default.name) if default is not None else (), LockMode.ACCESS_EXCLUSIVE),
        joined_by_keys(parent, catalog),
    )


def default_partition(parent: Table | None, catalog: Catalog) -> Table | None:
    """Return the DEFAULT partition of a partitioned table."""
    children = (catalog.table(c) for c in parent.children) if parent is not None else ()
    return next((c for c in children if c is not None and c.is_default_partition), None)


def partition_rows(partition: Table | None, catalog: Catalog) -> tuple[RelationName, ...]:
    """Return the tables that hold the rows of a partition."""
    return tuple(t.name for t in catalog.leaves(partition.name)) if partition is not None else ()


def belonging(bound: str, parent: Table, catalog: Catalog) -> Condition:
    """Return what holds for the rows of a partition; of a DEFAULT one that they belong to none of the others."""
    columns = parent.partition_columns
    if bound.upper() != "DEFAULT":
        return bounds_of(bound, columns)
    others = [t for child in parent.children if (t := catalog.table(child)) is not None and t.partition_bound]
    return All(tuple(negated(bounds_of(t.partition_bound or "", columns)) for t in others))


def unproved(table: Table | None, wanted: Condition, catalog: Catalog) -> tuple[RelationName, ...]:
    """Return the tables that are read to see whether a condition holds: those of whose rows no CHECK says so."""
    if table is None or proves(table, wanted):
        return ()
    if table.kind != "p":
        return (table.name,)
    return tuple(n for child in table.children for n in unproved(catalog.table(child), wanted, catalog))


def drop_table(statement: DropTable, catalog: Catalog) -> Effect:
    """The rows are gone; every table it refers to is locked as well, since its triggers go."""
    table = catalog.table(statement.table)
    if table is None:
        return Effect(migration_type="Drop Table", notes=("There is no such table",))
    below = family(catalog, statement.table)
    # A partition's copy of a foreign key has no triggers of its own on the other table.
    keys = (k for n in below for k in foreign_keys(catalog.table(n)) if not (table.is_partition and k.inherited))
    referenced = referenced_families(catalog, keys)
    if catalog.server_version_num < 150000:
        # Before PostgreSQL 15 a foreign key to a partitioned table has triggers on the partitions alone.
        referenced = tuple(n for n in referenced if (t := catalog.table(n)) is not None and t.kind != "p")
    relying = unique(t.name for t, _ in catalog.referencing(statement.table)) if statement.cascade else ()
    views = table.dependents if statement.cascade else ()
    parent = catalog.table(table.parent) if table.parent is not None and table.is_partition else None
    default = default_partition(parent, catalog)
    above = [t.name for t in (parent, default) if t is not None]
    return Effect(
        migration_type="Drop Table",
        locks=locked(
            unique((*below, *referenced, *(n for r in relying for n in partitions(catalog, r)), *views, *above)),
            LockMode.ACCESS_EXCLUSIVE,
        ),
        compatibility=Compatibility.BREAKS_OLD_CODE,
        data_loss=True,
        notes=("Running code that still names the table fails",),
    )


def rename_table(statement: RenameTable, catalog: Catalog) -> Effect:
    """No moment suits: before it new code fails, after it old code fails. Views follow the rename."""
    table = catalog.table(statement.table)
    return Effect(
        migration_type=(
            "Rename View, Sequence or Function" if table is not None and table.kind == "v" else "Rename Table"
        ),
        locks=locked((statement.table,), LockMode.ACCESS_EXCLUSIVE),
        compatibility=Compatibility.BREAKS_BOTH,
        notes=("Old code fails from that moment, new code until then; functions keep the old name in their text",),
    )


def set_schema(statement: SetSchema, _catalog: Catalog) -> Effect:
    """A rename by another word: code finds the table only where its search_path covers both schemas."""
    return Effect(
        migration_type="Move Table to Schema",
        locks=locked((statement.table,), LockMode.ACCESS_EXCLUSIVE),
        compatibility=Compatibility.BREAKS_BOTH,
        notes=(f"Code that names the schema, or does not look in {statement.schema}, fails from that moment",),
    )


def truncate(statement: Truncate, catalog: Catalog) -> Effect:
    """The storage is replaced by an empty one; CASCADE follows foreign keys to every table that refers here."""
    reached: list[RelationName] = []
    waiting = list(statement.tables)
    while waiting:
        name = waiting.pop(0)
        if name in reached:
            continue
        reached.append(name)
        waiting += [t.name for t in catalog.descendants(name) if name not in statement.only]
        if statement.cascade:
            waiting += [t.name for t, _ in catalog.referencing(name)]
    return Effect(
        migration_type="Truncate Table",
        locks=locked(reached, LockMode.ACCESS_EXCLUSIVE),
        emptied=leaves(catalog, reached),
        data_loss=True,
        notes=sentences("CASCADE empties them all" if statement.cascade and len(reached) > 1 else None),
    )


def view_bases(catalog: Catalog, view: RelationName) -> tuple[RelationName, ...]:
    """Return what a view reads, with the partitions below."""
    return unique(n for base in bases(catalog, view) for n in family(catalog, base))
