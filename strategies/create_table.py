"""CREATE TABLE with foreign keys.

Naive risk: a table is new, but each of its foreign keys takes SHARE ROW EXCLUSIVE on the table it refers
to, all of them held at once: nobody writes to any of those until the transaction ends.

Steps, in expand: the table without its foreign keys; then each foreign key in a step of its own, under
the name PostgreSQL would have chosen. The table is empty, so nothing is read.

Locks: SHARE ROW EXCLUSIVE on the new and the referenced table for a moment, one key at a time.

Old and new code: old code does not know the table.

Preconditions: none; partitions, INHERITS, LIKE and CREATE TABLE AS run as written.

Undo: the foreign keys, then the table, are dropped.

PostgreSQL: 14 to 18; locks measured on 15, 16 and 18.
"""

from dataclasses import replace

from online_migrate.catalog import evolve
from online_migrate.grammar import parts
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddConstraint, CreateTable
from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import alter_table, done, locks, naming
from online_migrate.strategies.parts.as_written import step
from online_migrate.strategies.parts.ids import step_id

KINDS = ("create_table",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the table has no foreign key, or is there already."""
    statement = change.statement
    assert isinstance(statement, CreateTable)
    inline = (constraint for column in statement.columns for constraint in column.constraints)
    constraints = (*inline, *statement.constraints)
    foreign_keys = [constraint for constraint in constraints if constraint.type == "foreign_key"]
    made_of_others = statement.partition_of or statement.inherits or statement.like or statement.query
    if not foreign_keys or made_of_others or statement.temporary or statement.table in facts.catalog.tables:
        return None
    create = replace(step(change, facts), sql=(parts.without_foreign_keys(statement.sql),), locks=())
    columns = tuple(
        replace(column, constraints=tuple(c for c in column.constraints if c.type != "foreign_key"))
        for column in statement.columns
    )
    others = tuple(c for c in statement.constraints if c.type != "foreign_key")
    catalog = evolve.apply(facts.catalog, replace(statement, columns=columns, constraints=others))
    steps: list[Step] = [create]
    for constraint in foreign_keys:
        steps.append(_add_foreign_key(change, replace(facts, catalog=catalog), statement, constraint))
        catalog = evolve.apply(catalog, AddConstraint(sql="", table=statement.table, constraint=constraint))
    return Rewrite(expand=tuple(steps))


def _add_foreign_key(change: Change, facts: Facts, statement: CreateTable, constraint: Constraint) -> Ddl:
    name = naming.of_constraint(facts.catalog, statement.table, constraint)
    tables = [statement.table] if constraint.referenced is None else [statement.table, constraint.referenced]
    return Ddl(
        id=step_id(change, "add_foreign_key", statement.table, name),
        operation=change.operation.id,
        purpose=f"add the foreign key {name} on its own, so that one other table is locked at a time",
        sql=(alter_table.add_constraint(statement.table, name, constraint.definition),),
        locks=locks.on_tree(LockMode.SHARE_ROW_EXCLUSIVE, facts.catalog, *tables),
        done_check=done.constraint_exists(statement.table, name),
        undo=(alter_table.drop_constraint(statement.table, name),),
    )
