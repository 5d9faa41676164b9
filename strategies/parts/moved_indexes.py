"""The indexes and keys of a column, whose copies for its shadow take their names and places."""

from collections.abc import Iterator

from online_migrate.catalog.model import Index, TableConstraint
from online_migrate.grammar import copies
from online_migrate.grammar.compose import Identifier, Part, compose
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts import alter_table, shadow
from online_migrate.strategies.parts.moves import (
    Move,
    comment_on_constraint,
    marks_of_index,
    rename_index,
    statistics_of_index,
)
from online_migrate.strategies.parts.shadow import Shadow, aside, copy_name

_ADD = {
    "unique": "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {index}",
    "primary_key": "ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {index}",
}


def moves(made: Shadow) -> Iterator[Move]:
    """Yield the moves of every index; the columns of a primary key must be NOT NULL by then."""
    for index in shadow.indexes_of(made):
        marks = marks_of_index(made.table.name, index)
        # ALTER TYPE forgets the statistics targets of the columns of an index that it builds anew (measured on 14, 18).
        yield Move(do=(), undo=(*statistics_of_index(index), *marks))
        yield from _moves(made, index)
        yield Move(do=marks, undo=())


def _moves(made: Shadow, index: Index) -> Iterator[Move]:
    table, name, copy = made.table.name, index.name, copy_name(made, str(index.name))
    constraint = made.table.constraint(index.constraint) if index.constraint is not None else None
    if constraint is not None:
        drop = alter_table.drop_constraint(table, constraint.name)
        back = (_definition(made, index), _key(table, constraint, name.name), *comment_on_constraint(table, constraint))
        yield Move(do=(drop,), undo=back)
        add = (_key(table, constraint, copy), *comment_on_constraint(table, constraint))
        yield Move(do=add, undo=(drop,))
        return
    if _may_refuse(index):
        yield Move(do=(compose("DROP INDEX {index}", index=name),), undo=(_definition(made, index),))
    else:
        yield rename_index(name, aside(made, name.name))
    yield rename_index(RelationName(name.schema, copy), name.name)


def _may_refuse(index: Index) -> bool:
    """Whether a row that is right can fail in the index of the column that was.

    What it computes may not fit the old type, rows with a value that does not fit are NULL in it and so may be the
    same, and of two upserts of one new key the later fails in the first unique index that ON CONFLICT does not mean.
    """
    return index.unique or index.has_expressions or index.predicate is not None


def _definition(made: Shadow, index: Index) -> str:
    column = made.column.name
    return copies.index_copy(index.definition, index.name.name, column, column, tablespace=index.tablespace)


def _key(table: RelationName, constraint: TableConstraint, index: str) -> str:
    parts: dict[str, Part] = {"table": table, "name": Identifier(constraint.name), "index": Identifier(index)}
    return compose(_ADD[constraint.type], **parts)
