"""Whether code that does not know of a change keeps to a rule that the change makes."""

from online_migrate.grammar import analysis
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddColumn, SetDefault
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Facts
from online_migrate.strategies.parts import fills


def never_leave_null(facts: Facts, table: RelationName, column: str) -> bool:
    """Whether old code's rows have a value in the column: it is new with a default, or a fill trigger gives one.

    A default helps only where the column is new: old code may write NULL to a column that it knows.
    """
    if fills.covers_not_null(facts, (table, column)):
        return True
    added = facts.new_columns.get((table, column))
    if added is None or not isinstance(added.statement, AddColumn):
        return False
    definition = added.statement.column
    if definition.default is not None or definition.serial or definition.identity or definition.generated:
        return True
    return any(
        isinstance(change.statement, SetDefault)
        and (change.statement.table, change.statement.column) == (table, column)
        for change in facts.changes
    )


def may_leave_null(facts: Facts, table: RelationName, column: str) -> bool:
    """Whether old code's rows may still have NULL in a column: it takes NULL, or its NOT NULL waits for contract."""
    if table in facts.new_tables:
        return False
    added = facts.new_columns.get((table, column))
    waits = added is not None and added.operation.python_default is None
    return (waits or _may_be_null(facts, table, column)) and not never_leave_null(facts, table, column)


def _may_be_null(facts: Facts, table: RelationName, column: str) -> bool:
    found = facts.catalog.table(table)
    known = found.column(column) if found is not None else None
    return known is not None and not known.not_null


def phase_of_check(facts: Facts, table: RelationName, constraint: Constraint) -> tuple[PhaseName, str | None]:
    """Return when a CHECK may be added, and the sentence that says why it waits."""
    required = analysis.null_rejecting_columns(constraint.expression) if constraint.expression is not None else ()
    left_null = [c for c in required if _may_be_null(facts, table, c) and not never_leave_null(facts, table, c)]
    if left_null:
        note = f"Old code leaves {', '.join(left_null)} NULL, which this CHECK refuses, so it waits for contract."
        return PhaseName.CONTRACT, note
    return PhaseName.MIGRATE, None
