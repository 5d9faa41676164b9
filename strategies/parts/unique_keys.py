"""UNIQUE and PRIMARY KEY from indexes that are built beside the writers; of a partitioned table leaf by leaf."""

from collections.abc import Iterator
from dataclasses import replace

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddConstraint
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import alter_table, done, indexes, inverse, locks, naming, sequences
from online_migrate.strategies.parts.ids import step_id


def key(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that add a UNIQUE or PRIMARY KEY constraint; a primary key's columns must be NOT NULL before.

    Of a partitioned table: the constraint ON ONLY it (its index an invalid shell, ACCESS EXCLUSIVE on it alone for a
    moment), on each leaf an index built CONCURRENTLY and made a constraint, each attached to its parent's, under the
    names PostgreSQL would have chosen; the shell becomes valid with the last one, at every level.
    """
    found = facts.catalog.tables[table]
    if found.kind != "p":
        return sequences.key_from_index(change, facts, table, constraint)
    named = replace(constraint, name=naming.of_constraint(facts.catalog, table, constraint))
    after = evolve.apply(facts.catalog, AddConstraint(sql="", table=table, constraint=named))
    return tuple(_on_partitions(change, facts, found, named, after))


def not_nulls(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that make those columns of a primary key NOT NULL that take NULL."""
    found = facts.catalog.tables[table]
    nullable = [c.name for c in found.columns if c.name in constraint.columns and not c.not_null]
    return tuple(step for column in nullable for step in _not_null(change, facts, found, column))


def _not_null(change: Change, facts: Facts, table: Table, column: str) -> tuple[Step, ...]:
    first, *others = sequences.not_null(change, facts, table.name, column)
    # Its primary key makes the NOT NULL of a leaf one of its own, which does not go with the table's.
    leaves = facts.catalog.leaves(table.name) if table.kind == "p" else ()
    again = (undo for leaf in leaves for undo in inverse.drop_not_null(leaf.name, column))
    return (replace(first, undo=(*first.undo, *again)), *others)


def can_come_from_index(constraint: Constraint) -> bool:
    """Whether a key can be made of an index that was built beside the writers."""
    return "WITHOUT OVERLAPS" not in constraint.definition


def _on_partitions(
    change: Change, facts: Facts, table: Table, constraint: Constraint, after: Catalog
) -> Iterator[Step]:
    """Yield the steps for a partitioned table: its own constraint, then each partition's and its attaching."""
    assert constraint.name is not None
    index = RelationName(table.name.schema, constraint.name)
    yield _shell(change, table.name, constraint)
    for number, child in enumerate(table.children, 1):
        partition = facts.catalog.tables[child]
        part = next(i for i in after.tables[child].indexes if i.parent == index)
        had = any(i.name == part.name for i in partition.indexes)
        if not had:
            yield from _on_partition(change, facts, partition, replace(constraint, name=part.name.name), after)
        dropping = alter_table.drop_constraint(table.name, constraint.name)
        last = number == len(table.children)
        yield indexes.attach(change, facts, partition, part.name, index, dropping=dropping, had=had, last=last)


def _on_partition(
    change: Change, facts: Facts, partition: Table, constraint: Constraint, after: Catalog
) -> Iterator[Step]:
    if partition.kind == "p":
        yield from _on_partitions(change, facts, partition, constraint, after)
    else:
        yield from sequences.key_from_index(change, facts, partition.name, constraint)


def _shell(change: Change, table: RelationName, constraint: Constraint) -> Ddl:
    assert constraint.name is not None
    return Ddl(
        id=step_id(change, "create_shell", table, constraint.name),
        operation=change.operation.id,
        purpose=f"make the constraint {constraint.name} of the table, still without those of its partitions",
        sql=(alter_table.add_constraint(table, constraint.name, constraint.definition, only=True),),
        search_path=change.operation.search_path,
        locks=locks.on(LockMode.ACCESS_EXCLUSIVE, table),
        done_check=done.constraint_exists(table, constraint.name),
        undo=(alter_table.drop_constraint(table, constraint.name),),
    )
