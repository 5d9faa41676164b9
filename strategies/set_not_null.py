"""SET NOT NULL, and from 18 ADD CONSTRAINT ... NOT NULL.

Naive risk: reads every row under ACCESS EXCLUSIVE: nobody reads or writes meanwhile.

Steps: from 18 the NOT NULL constraint NOT VALID, then VALIDATE. Before 18 a CHECK (c IS NOT NULL) NOT
VALID, VALIDATE, SET NOT NULL (which then reads nothing, release notes of 12) and the CHECK dropped.
Where a valid CHECK already proves it, SET NOT NULL alone. In migrate where every writer complies: the
column is new and has a default, or a fill trigger of the plan covers it; else in contract, after a
second pass of the UPDATE that fills it, if the plan has one. A constraint that is NOT VALID already is run as it is, at
the same time.

Locks: ACCESS EXCLUSIVE for a moment, SHARE UPDATE EXCLUSIVE for as long as the rows are read;
partitions the same.

Old and new code: in migrate both write values; in contract only new code is left.

Preconditions: no row is NULL by then; VALIDATE fails otherwise and says so, nothing is lost.

Undo: the constraint is dropped again.

PostgreSQL: 14 to 18; NOT NULL NOT VALID https://www.postgresql.org/docs/18/sql-altertable.html.
"""

from online_migrate.catalog.model import Table
from online_migrate.grammar import analysis
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddConstraint, SetNotNull
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Step
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, sequences, writers
from online_migrate.strategies.parts.batches import catch_up

KINDS = ("set_not_null", "add_not_null")


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the column is NOT NULL already, or no row would be read."""
    constraint_name: str | None = None
    match change.statement:
        case SetNotNull(table=name, column=column_name, only=False):
            pass
        case AddConstraint(
            table=name,
            constraint=Constraint(columns=(column_name,), name=constraint_name, no_inherit=False),
            only=False,
        ):
            pass
        case _:
            return None
    table = facts.catalog.table(name)
    column = table.column(column_name) if table is not None else None
    if table is None or column is None or column.not_null:
        return None
    if isinstance(change.statement, AddConstraint) and change.statement.constraint.not_valid:
        steps: tuple[Step, ...] = (as_written.step(change, facts),)
    elif constraint_name is None and _proved(table, column.name):
        steps = (sequences.set_not_null(change, facts, table.name, column.name),)
    else:
        steps = sequences.not_null(change, facts, table.name, column.name, name=constraint_name)
    if writers.never_leave_null(facts, table.name, column.name):
        return as_written.in_phase(PhaseName.MIGRATE, *steps)
    note = f"Old code may still leave {column.name} NULL, so NOT NULL waits until it is gone."
    return as_written.in_phase(PhaseName.CONTRACT, *catch_up(change, facts, column.name), *steps, note=note)


def _proved(table: Table, column: str) -> bool:
    return any(
        constraint.type == "check"
        and constraint.valid
        and constraint.enforced
        and constraint.expression is not None
        and column in analysis.null_rejecting_columns(constraint.expression)
        for constraint in table.constraints
    )
