"""A CHECK of ours that repeats a partition's bounds, so that PostgreSQL reads no row when it comes or goes."""

from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import alter_table, done, locks, sequences
from online_migrate.strategies.parts.ids import helper_name, step_id


def prove(change: Change, facts: Facts, table: RelationName, expression: str) -> tuple[Step, ...]:
    """Return the steps that add the CHECK for new rows, and validate it while rows are read and written."""
    name = _name(table, change)
    add = alter_table.add_check(table, name, expression, not_valid=True)
    return sequences.not_valid_then_validate(change, facts, table, name, add)


def drop_proof(change: Change, facts: Facts, table: RelationName) -> Ddl:
    """Return the step that drops the CHECK: ACCESS EXCLUSIVE for a moment."""
    name = _name(table, change)
    return Ddl(
        id=step_id(change, "drop_proof", table),
        operation=change.operation.id,
        purpose=f"drop the constraint {name}, which has served",
        sql=(alter_table.drop_constraint(table, name),),
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table),
        done_check=done.constraint_absent(table, name),
    )


def _name(table: RelationName, change: Change) -> str:
    return helper_name("online_migrate_bounds", table.schema, table.name, change.operation.id)
