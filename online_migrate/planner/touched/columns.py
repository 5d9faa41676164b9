"""What statements about columns touch."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import analysis
from online_migrate.grammar import statements as s
from online_migrate.planner.objects import (
    REMOVED,
    WORD,
    column_of,
    constraint_of,
    exists_of,
    keys_of,
    of_column,
    rests_of,
    values_of,
    without,
)
from online_migrate.planner.paths import Touches


def add(statement: s.AddColumn, catalog: Catalog) -> Touches:
    """ADD COLUMN."""
    t, column = statement.table, statement.column
    inline = [constraint_of(t, constraint) for constraint in column.constraints]
    # PostgreSQL changes the type of no column that a generated one is computed from.
    sources = analysis.columns(column.generation_expression) if column.generation_expression else ()
    computed = (column_of(t, source) for source in sources)
    return Touches(
        reads=exists_of(t).union(*computed, *(i.reads for i in inline)),
        writes=column_of(t, column.name).union(*(i.writes for i in inline)),
    )


def drop(statement: s.DropColumn, catalog: Catalog) -> Touches:
    """DROP COLUMN."""
    t, name = statement.table, statement.column
    found = catalog.table(t)
    indexes = {(i.name,) for i in found.indexes if name in i.columns} if found else set()
    constraints = [k for k in found.constraints if name in k.columns] if found else []
    reads = exists_of(t) | {(t, "dependents"), (t, "nullability", name)}
    writes = column_of(t, name) | indexes | {(REMOVED, f"{t}.{name}")}
    return Touches(
        reads=reads.union(*(rests_of(k, catalog) for k in constraints)),
        writes=writes.union(*(without(t, k) for k in constraints)),
    )


def alter_type(statement: s.AlterType, catalog: Catalog) -> Touches:
    """ALTER COLUMN ... TYPE."""
    t, name = statement.table, statement.column
    reads = exists_of(t) | {(t, "dependents"), (t, "default", name), (t, "rows", name)}
    found = catalog.table(t)
    # A key that is made anew: nobody may come to refer to the one there was.
    keys = keys_of(t, found is not None and any(i.unique and name in i.columns for i in found.indexes))
    writes = column_of(t, name) | keys | {(t, "type", name), (REMOVED, f"{t}.{name}")}
    return Touches(reads=reads | of_column(t, name, catalog), writes=writes)


def default(statement: s.SetDefault | s.DropDefault, catalog: Catalog) -> Touches:
    """SET and DROP DEFAULT."""
    t, name = statement.table, statement.column
    writes = frozenset({(t, "default", name), (REMOVED, f"{t}.{name} default")})
    return Touches(reads=exists_of(t) | {(t, "column", name)}, writes=writes)


def set_not_null(statement: s.SetNotNull, catalog: Catalog) -> Touches:
    """SET NOT NULL."""
    t, name = statement.table, statement.column
    found = catalog.table(t)
    # What proves that there is no NULL, so that no row is read for it.
    proofs = (
        {(t, "constraint", k.name) for k in found.constraints if k.type == "check" and name in k.columns}
        if found
        else set()
    )
    reads = exists_of(t) | values_of(t, [name]) | proofs
    return Touches(reads=reads, writes=frozenset({(t, "nullability", name)}))


def drop_not_null(statement: s.DropNotNull, catalog: Catalog) -> Touches:
    """DROP NOT NULL."""
    t, name = statement.table, statement.column
    return Touches(reads=exists_of(t) | {(t, "column", name)}, writes=frozenset({(t, "nullability", name)}))


def rename(statement: s.RenameColumn, catalog: Catalog) -> Touches:
    """RENAME COLUMN."""
    t, new = statement.table, statement.new_name
    return Touches(
        reads=exists_of(t),
        writes=column_of(t, statement.column) | column_of(t, new) | {(WORD, new)},
    )
