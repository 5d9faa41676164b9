"""What statements about constraints and indexes touch."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.plan.names import RelationName
from online_migrate.planner.objects import (
    constraint_of,
    exists_of,
    key_of_index,
    keys_of,
    named_of,
    rests_of,
    values_of,
    without,
)
from online_migrate.planner.paths import BARRIER, Paths, Touches


def add(statement: s.AddConstraint, catalog: Catalog) -> Touches:
    """ADD CONSTRAINT."""
    inner = constraint_of(statement.table, statement.constraint)
    return Touches(reads=exists_of(statement.table) | inner.reads, writes=inner.writes)


def drop(statement: s.DropConstraint, catalog: Catalog) -> Touches:
    """DROP CONSTRAINT."""
    t, name = statement.table, statement.name
    found = catalog.table(t)
    constraint = found.constraint(name) if found else None
    if constraint is None:
        return Touches(reads=exists_of(t), writes=named_of(t, name))
    return Touches(reads=exists_of(t) | rests_of(constraint, catalog), writes=without(t, constraint))


def validate(statement: s.ValidateConstraint, catalog: Catalog) -> Touches:
    """VALIDATE CONSTRAINT."""
    t = statement.table
    return Touches(reads=exists_of(t) | {(t, "rows"), (t, "constraint", statement.name)})


def rename(statement: s.RenameConstraint, catalog: Catalog) -> Touches:
    """RENAME CONSTRAINT."""
    t = statement.table
    writes = named_of(t, statement.name) | named_of(t, statement.new_name)
    # What NOT NULL is from 18 on has a name as well.
    return Touches(reads=exists_of(t) | {(t, "nullability")}, writes=writes)


def create_index(statement: s.CreateIndex, catalog: Catalog) -> Touches:
    """CREATE INDEX."""
    t = statement.table
    index: Paths = frozenset({(t, "index", statement.name or "")})
    if statement.name:
        index |= {(RelationName(t.schema, statement.name),)}
    values = values_of(t, (*statement.columns, *statement.include))
    return Touches(reads=exists_of(t) | values, writes=keys_of(t, statement.unique) | index)


def drop_index(statement: s.DropIndex, catalog: Catalog) -> Touches:
    """DROP INDEX."""
    owner = catalog.index_table(statement.index)
    on_table = key_of_index(statement.index, catalog)
    if owner is not None:
        on_table |= {(owner.name, "index", statement.index.name)}
    return Touches(writes=on_table | {(statement.index,)})


def rename_index(statement: s.RenameIndex, catalog: Catalog) -> Touches:
    """ALTER INDEX ... RENAME TO."""
    renamed = RelationName(statement.index.schema, statement.new_name)
    owner = catalog.index_table(statement.index)
    on_table: Paths = frozenset()
    if owner is not None:
        # What is of a constraint gives that its new name too.
        for name in (statement.index.name, statement.new_name):
            on_table |= named_of(owner.name, name) | {(owner.name, "index", name)}
    return Touches(reads=key_of_index(statement.index, catalog), writes=on_table | {(statement.index,), (renamed,)})


def reindex(statement: s.Reindex, catalog: Catalog) -> Touches:
    """REINDEX: of what is named, once it is there and its rows are as they are to be."""
    relation = statement.relation
    owner = catalog.index_table(relation) if relation is not None else None
    table = owner.name if owner is not None else relation
    if relation is None or table is None or catalog.table(table) is None:
        return BARRIER
    return Touches(reads=exists_of(table) | {(relation,), (table, "rows"), (table, "index"), (table, "keys")})
