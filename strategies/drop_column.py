"""ALTER TABLE ... DROP COLUMN.

Naive risk: quick, but old code still names the column: every statement of it fails. Indexes go under
ACCESS EXCLUSIVE, and a foreign key takes ACCESS EXCLUSIVE on the referenced table too.

Steps: expand: where the column has no default, DROP NOT NULL, and DROP CONSTRAINT of each CHECK that refuses NULL in it
(they go with the column anyway), so that new code can insert without it. Contract: the indexes that contain it are
dropped CONCURRENTLY, its foreign keys each in a step of its own, then the column.

Locks: ACCESS EXCLUSIVE for moments, of a foreign key on both tables; SHARE UPDATE EXCLUSIVE on the
table (DROP INDEX CONCURRENTLY).

Old and new code: until contract old code reads and writes the column; new code leaves it alone.

Preconditions: no view reads it (PostgreSQL refuses). A column of the primary key stays NOT NULL until
contract, so new code must write it until then; said in a note.

Undo: NOT NULL, those CHECKs, indexes and foreign keys are put back; the values of a dropped column are gone.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-dropindex.html.
"""

from dataclasses import replace

from online_migrate.catalog.model import Column, Index, Table, TableConstraint
from online_migrate.grammar.analysis import proves_not_null
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.grammar.statements import DropColumn
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import ConcurrentDdl, Ddl, Step
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import done, inverse, keys, locks
from online_migrate.strategies.parts.as_written import as_written, step
from online_migrate.strategies.parts.ids import step_id

KINDS = ("drop_column",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where there is no such column."""
    statement = change.statement
    assert isinstance(statement, DropColumn)
    table = facts.catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    if table is None or column is None:
        return None
    if statement.only:
        return as_written(change, facts, PhaseName.CONTRACT)
    expand, notes = _let_new_code_insert(change, table, column, facts)
    foreign_keys = [
        keys.drop_foreign_key(change, facts, owner, constraint)
        for owner, constraint in keys.foreign_keys_on(facts.catalog, table.name, column.name, cascade=statement.cascade)
    ]
    indexes = _drop_indexes(change, table, column, facts)
    # What made the statement lock other tables is gone by then.
    drop = replace(step(change, facts), locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table.name))
    return Rewrite(expand=expand, contract=(*indexes, *foreign_keys, drop), notes=notes)


def _let_new_code_insert(
    change: Change, table: Table, column: Column, facts: Facts
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    if column.default is not None or column.identity or column.generated:
        return (), ()
    refusing = [
        k for k in table.constraints if k.type == "check" and proves_not_null(k.expression or "true", column.name)
    ]
    checks = tuple(_drop_check(change, table, check, facts) for check in refusing)
    if not column.not_null:
        return checks, ()
    if table.primary_key is not None and column.name in table.primary_key.columns:
        return (), (f"{column.name} is part of the primary key: new code must write it until contract.",)
    drop = Ddl(
        id=step_id(change, "drop_not_null", table.name, column.name),
        operation=change.operation.id,
        purpose=f"let new code insert rows without {column.name}",
        sql=inverse.drop_not_null(table.name, column.name),
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table.name),
        done_check=done.column_nullable(table.name, column.name),
        undo=inverse.set_not_null(table.name, column.name, facts.catalog),
    )
    return (drop, *checks), ()


def _drop_check(change: Change, table: Table, check: TableConstraint, facts: Facts) -> Ddl:
    undo = inverse.add_constraint(table.name, check.name, facts.catalog)
    return Ddl(
        id=step_id(change, "drop_check", table.name, check.name),
        operation=change.operation.id,
        purpose=f"drop {check.name}, so that new code can insert rows without the column",
        sql=(compose("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table.name, name=Identifier(check.name)),),
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table.name),
        done_check=done.constraint_absent(table.name, check.name),
        undo=undo or (),
        reversible=undo is not None,
    )


def _drop_indexes(change: Change, table: Table, column: Column, facts: Facts) -> tuple[Step, ...]:
    if table.kind == "p" or table.is_partition:
        # An index of a partitioned table cannot be dropped concurrently; it goes with the column.
        return ()
    return tuple(
        _drop_index(change, table, index, facts)
        for index in table.indexes
        if column.name in index.columns and index.constraint is None
    )


def _drop_index(change: Change, table: Table, index: Index, facts: Facts) -> ConcurrentDdl:
    undo = inverse.recreate_index(index.name, facts.catalog, beside_writers=True)
    return ConcurrentDdl(
        id=step_id(change, "drop_index", index.name),
        operation=change.operation.id,
        purpose=f"drop the index {index.name.name} beside the writers; it would go with the column",
        sql=(compose("DROP INDEX CONCURRENTLY {index}", index=index.name),),
        locks=locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, table.name),
        done_check=done.relation_absent(index.name),
        undo=undo or (),
        reversible=undo is not None,
    )
