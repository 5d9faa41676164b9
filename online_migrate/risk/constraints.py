"""Constraints of tables that exist: adding, validating, dropping, renaming."""

from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddConstraint, DropConstraint, RenameConstraint, ValidateConstraint
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk.columns import whole_table
from online_migrate.risk.effect import Effect, sentences
from online_migrate.risk.expressions import proved_not_null
from online_migrate.risk.locks import (
    family,
    has_index_for,
    leaves,
    locked,
    merge,
    partitions,
    referenced_families,
)


def add_constraint(statement: AddConstraint, catalog: Catalog) -> Effect:
    """Return what ADD CONSTRAINT does, by its type."""
    match statement.constraint.type:
        case "foreign_key":
            return _add_foreign_key(statement, catalog)
        case "check":
            return _add_check(statement, catalog)
        case "not_null":
            return _add_not_null(statement, catalog)
        case _:
            return _add_indexed(statement, catalog)


def _add_foreign_key(statement: AddConstraint, catalog: Catalog) -> Effect:
    """Writers of both tables wait, and unless it is NOT VALID while every row is looked up."""
    constraint = statement.constraint
    own = partitions(catalog, statement.table)
    other = partitions(catalog, constraint.referenced) if constraint.referenced is not None else ()
    # PostgreSQL 18 locks inheriting tables before it finds that a foreign key leaves them out.
    recent = catalog.server_version_num >= 180000
    heirs = family(catalog, statement.table, only=statement.only) if recent else ()
    unchecked = constraint.not_valid or constraint.not_enforced
    # No row refers to anything: the join that checks them ends before it reads the referenced table.
    nothing_to_check = unchecked or catalog.heap_bytes(statement.table) == 0
    return Effect(
        migration_type="Add Foreign Key NOT VALID" if unchecked else "Add Foreign Key",
        locks=locked(dict.fromkeys((*own, *heirs, *other)), LockMode.SHARE_ROW_EXCLUSIVE),
        scanned=() if nothing_to_check else leaves(catalog, (*own, *other)),
        joined=() if nothing_to_check else leaves(catalog, own),
        notes=sentences(
            _missing_index(catalog.table(statement.table), constraint.columns),
            _mismatched_types(catalog.table(statement.table), constraint, catalog),
        ),
    )


def _missing_index(table: Table | None, columns: tuple[str, ...]) -> str | None:
    """A foreign key without an index makes each DELETE of a referenced row a scan of the referencing table."""
    if table is None or not columns:
        return None
    if has_index_for(table, columns):
        return None
    return f"No index starts with {', '.join(columns)}: each DELETE of a referenced row will scan {table.name}"


def _mismatched_types(table: Table | None, constraint: Constraint, catalog: Catalog) -> str | None:
    other = catalog.table(constraint.referenced) if constraint.referenced is not None else None
    if table is None or other is None:
        return None
    for mine, theirs in zip(constraint.columns, constraint.referenced_columns, strict=False):
        left, right = table.column(mine), other.column(theirs)
        if left is not None and right is not None and left.type != right.type:
            return f"{mine} is {left.type} but {other.name}.{theirs} is {right.type}"
    return None


def _add_check(statement: AddConstraint, catalog: Catalog) -> Effect:
    constraint = statement.constraint
    unchecked = constraint.not_valid or constraint.not_enforced
    # PostgreSQL 18 locks inheriting tables before it finds that NO INHERIT leaves them out.
    alone = statement.only or (constraint.no_inherit and catalog.server_version_num < 180000)
    names = family(catalog, statement.table, only=alone)
    checked = (statement.table,) if constraint.no_inherit else names
    return Effect(
        migration_type="Add Check NOT VALID" if unchecked else "Add Check",
        locks=locked(names, LockMode.ACCESS_EXCLUSIVE),
        scanned=() if unchecked else leaves(catalog, checked),
        notes=sentences(None if constraint.not_enforced else "Code that writes what it forbids fails from that moment"),
    )


def _add_not_null(statement: AddConstraint, catalog: Catalog) -> Effect:
    constraint = statement.constraint
    names = family(catalog, statement.table, only=statement.only or constraint.no_inherit)
    column = constraint.columns[0] if constraint.columns else ""
    unproved = tuple(n for n in names if not proved_not_null(catalog.table(n), column))
    if not unproved:
        kind = "Set NOT NULL proved by a constraint"
    else:
        kind = "Add NOT NULL NOT VALID" if constraint.not_valid else "Set NOT NULL"
    return Effect(
        migration_type=kind,
        locks=locked(names, LockMode.ACCESS_EXCLUSIVE),
        scanned=() if constraint.not_valid else leaves(catalog, unproved),
        compatibility=Compatibility.BREAKS_OLD_CODE if unproved else Compatibility.NONE,
        notes=sentences("Code that writes NULL fails from that moment" if unproved else None),
    )


def _add_indexed(statement: AddConstraint, catalog: Catalog) -> Effect:
    """UNIQUE, PRIMARY KEY and EXCLUDE stand on an index, built under AccessExclusive unless one is there to use."""
    constraint = statement.constraint
    own = partitions(catalog, statement.table)
    primary = constraint.type == "primary_key"
    # A primary key sets its columns NOT NULL, in inheriting tables too; PostgreSQL 18 goes down for UNIQUE as well.
    recent = catalog.server_version_num >= 180000
    heirs = family(catalog, statement.table, only=statement.only) if primary or recent else ()
    columns = constraint.columns or _index_columns(catalog.table(statement.table), constraint.using_index)
    unproved = [
        n for n in dict.fromkeys((*own, *heirs)) if any(not proved_not_null(catalog.table(n), c) for c in columns)
    ]
    titles = {
        "unique": "Add Unique Constraint",
        "primary_key": "Add Primary Key",
        "exclude": "Add Exclusion Constraint",
    }
    title = titles[constraint.type]
    scanned = leaves(catalog, unproved) if primary else ()
    # Up to PostgreSQL 17 only setting NOT NULL locks partitions harder than building their indexes does.
    hard = heirs if unproved and primary else (statement.table,)
    if recent:
        hard = (*own, *heirs)
    if constraint.using_index is not None:
        title = f"{title} using an index" if not scanned else f"{title} using an index on a nullable column"
    return Effect(
        migration_type=title,
        locks=merge(locked(hard, LockMode.ACCESS_EXCLUSIVE), locked(own, LockMode.SHARE)),
        scanned=scanned,
        indexed=() if constraint.using_index is not None else leaves(catalog, own),
        keys=columns,
        notes=sentences("Code that writes a duplicate fails from that moment" if constraint.type == "unique" else None),
    )


def _index_columns(table: Table | None, index: str | None) -> tuple[str, ...]:
    indexes = table.indexes if table is not None else ()
    return next((tuple(c for c in i.key_columns if c is not None) for i in indexes if i.name.name == index), ())


def drop_constraint(statement: DropConstraint, catalog: Catalog) -> Effect:
    """A moment; but a foreign key's triggers stand on the other table too, so that is locked as well."""
    table = catalog.table(statement.table)
    constraint = table.constraint(statement.name) if table is not None else None
    reached: list[RelationName] = []
    if constraint is not None and constraint.type == "foreign_key":
        reached += referenced_families(catalog, [constraint])
    relying = _relying_on(constraint, statement.table, catalog) if constraint is not None and statement.cascade else []
    reached += (n for t in relying for n in partitions(catalog, t))
    kinds = {"foreign_key": "Drop Foreign Key", "not_null": "Drop NOT NULL"}
    return Effect(
        migration_type=kinds.get(constraint.type, "Drop Constraint") if constraint is not None else "Drop Constraint",
        locks=merge(whole_table(statement, catalog), locked(reached, LockMode.ACCESS_EXCLUSIVE)),
        notes=sentences(
            f"Foreign keys of {', '.join(map(str, dict.fromkeys(relying)))} go with it" if relying else None,
            "INSERT ... ON CONFLICT that relies on it fails from that moment"
            if constraint is not None and constraint.type in ("unique", "primary_key", "exclude")
            else None,
        ),
    )


def _relying_on(constraint: TableConstraint, name: RelationName, catalog: Catalog) -> list[RelationName]:
    return [t.name for t, k in catalog.referencing(name) if set(k.referenced_columns) == set(constraint.columns)]


def validate_constraint(statement: ValidateConstraint, catalog: Catalog) -> Effect:
    """Every row is read, but writers carry on."""
    table = catalog.table(statement.table)
    constraint = table.constraint(statement.name) if table is not None else None
    foreign = constraint is not None and constraint.type == "foreign_key"
    own = (partitions if foreign else family)(catalog, statement.table)
    other = referenced_families(catalog, [constraint]) if constraint is not None and foreign else ()
    done = constraint is not None and constraint.valid
    if done:
        own, other = (statement.table,), ()
    return Effect(
        migration_type="Validate Constraint",
        locks=merge(locked(own, LockMode.SHARE_UPDATE_EXCLUSIVE), locked(other, LockMode.ROW_SHARE)),
        scanned=() if done else leaves(catalog, (*own, *other)),
        joined=() if done or not foreign else leaves(catalog, own),
        notes=sentences("It is valid already" if done else None),
    )


def rename_constraint(statement: RenameConstraint, catalog: Catalog) -> Effect:
    """A moment; nothing but error messages and ON CONFLICT ON CONSTRAINT knows the name."""
    table = catalog.table(statement.table)
    constraint = table.constraint(statement.name) if table is not None else None
    inherited = constraint is not None and constraint.type in ("check", "not_null")
    names = family(catalog, statement.table, only=statement.only or not inherited)
    return Effect(migration_type="Rename Constraint", locks=locked(names, LockMode.ACCESS_EXCLUSIVE))
