"""The indexes and keys of a column, whose copies for its shadow take their names and places."""

from collections.abc import Iterator, Mapping

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Index, TableConstraint
from online_migrate.grammar import copies, edit
from online_migrate.grammar.compose import Identifier, Part, compose
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Step
from online_migrate.strategies.parts import alter_table, index_tree, shadow
from online_migrate.strategies.parts.index_tree import IndexTree
from online_migrate.strategies.parts.moves import (
    Move,
    comment_on_constraint,
    marks_of_index,
    rename_index,
    statistics_of_index,
)
from online_migrate.strategies.parts.shadow import Shadow, aside

_ADD = {
    "unique": "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {index}",
    "primary_key": "ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {index}",
}


def prepare(made: Shadow) -> Iterator[Step]:
    """Yield the steps that build the copies beside the writers.

    An index of a partitioned table cannot be made its key. Those of its partitions can, and are left apart from each
    other for that: ADD CONSTRAINT then finds them, and reads no row.
    """
    for tree in shadow.indexes_of(made):
        if tree.index.constraint is None:
            yield from shadow.build_copy(made, tree)
        else:
            for leaf in tree.leaves():
                yield from shadow.build_copy(made, leaf, tree.index)


def moves(made: Shadow) -> Iterator[Move]:
    """Yield the moves of every index; the columns of a primary key must be NOT NULL by then."""
    trees = shadow.indexes_of(made)
    for tree in trees:
        yield from _aside(made, tree)
    after = evolve.apply(made.facts.catalog, made.change.statement)
    for tree in trees:
        names = {member.table.name: member.index.name.name for member in _as_altered(tree, after).members()}
        yield from _key(made, tree, names) if tree.index.constraint is not None else _renamed(made, tree, names)
        yield Move(do=marks_of_index(tree.table.name, tree.index), undo=())


def _as_altered(tree: IndexTree, after: Catalog) -> IndexTree:
    """The index as ALTER TYPE would leave it, which makes those of partitions anew, under names it chooses."""
    table = after.tables[tree.table.name]
    return index_tree.of(table, next(index for index in table.indexes if index.name == tree.index.name), after)


def _aside(made: Shadow, tree: IndexTree) -> Iterator[Move]:
    """Take the index of the column that was out of the way; it comes back with all that there was of it."""
    members = tuple(tree.members())
    marks = (mark for member in members for mark in marks_of_index(member.table.name, member.index))
    statistics = (sql for member in members for sql in statistics_of_index(member.index))
    # ALTER TYPE forgets the statistics targets of the columns of an index that it builds anew (measured on 14, 18).
    yield Move(do=(), undo=(*statistics, *marks))
    # CREATE INDEX and ADD CONSTRAINT on a partitioned table take in what its partitions have by then.
    if tree.index.constraint is not None:
        drop = alter_table.drop_constraint(tree.table.name, tree.index.constraint)
        yield Move(do=(drop,), undo=tuple(sql for member in reversed(members) for sql in _key_again(made, member)))
    elif _may_refuse(tree.index):
        again = tuple(_definition(made, member) for member in reversed(members))
        yield Move(do=(compose("DROP INDEX {index}", index=tree.index.name),), undo=again)
    else:
        for member in members:
            yield rename_index(member.index.name, aside(made, member.index.name.name))


def _key_again(made: Shadow, member: IndexTree) -> Iterator[str]:
    table, constraint = member.table.name, _constraint(member)
    if member.table.kind == "p":
        yield alter_table.add_constraint(table, constraint.name, constraint.definition)
    else:
        yield _definition(made, member)
        yield _using_index(member, constraint.name, member.index.name.name)
    yield from comment_on_constraint(table, constraint)


def _renamed(made: Shadow, tree: IndexTree, names: Mapping[RelationName, str]) -> Iterator[Move]:
    for member in tree.members():
        yield rename_index(shadow.copy_of_index(made, member.index), names[member.table.name])


def _key(made: Shadow, tree: IndexTree, names: Mapping[RelationName, str]) -> Iterator[Move]:
    """Make the copies a key; that of a partitioned table takes in the keys of its partitions, which are there."""
    sql: list[str] = []
    for member in reversed(tuple(tree.members())):
        table, name = member.table.name, names[member.table.name]
        if member.table.kind == "p":
            definition = copies.constraint_copy(_constraint(member).definition, made.column.name, made.name)
            sql.append(alter_table.add_constraint(table, name, definition))
        else:
            sql.append(_using_index(member, name, shadow.copy_of_index(made, member.index).name))
    sql += comment_on_constraint(tree.table.name, _constraint(tree))
    yield Move(do=tuple(sql), undo=(alter_table.drop_constraint(tree.table.name, _constraint(tree).name),))


def _may_refuse(index: Index) -> bool:
    """Whether a row that is right can fail in the index of the column that was.

    What it computes may not fit the old type, rows with a value that does not fit are NULL in it and so may be the
    same, and of two upserts of one new key the later fails in the first unique index that ON CONFLICT does not mean.
    """
    return index.unique or index.has_expressions or index.predicate is not None


def _definition(made: Shadow, member: IndexTree) -> str:
    column, index = made.column.name, member.index
    sql = copies.index_copy(index.definition, column, column, tablespace=index.tablespace)
    return edit.index_on(sql, member.table.name, index.name.name)


def _constraint(member: IndexTree) -> TableConstraint:
    assert member.index.constraint is not None
    found = member.table.constraint(member.index.constraint)
    assert found is not None
    return found


def _using_index(member: IndexTree, name: str, index: str) -> str:
    parts: dict[str, Part] = {"table": member.table.name, "name": Identifier(name), "index": Identifier(index)}
    return compose(_ADD[_constraint(member).type], **parts)
