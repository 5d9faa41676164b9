"""CHECK, REFERENCES, UNIQUE and PRIMARY KEY of ADD COLUMN, each added by its own sequence after the column is there."""

from dataclasses import replace

from online_migrate.catalog import evolve
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddColumn, AddConstraint
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Step
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import sequences, unique_keys, writers


def have_sequences(statement: AddColumn, facts: Facts) -> bool:
    """Whether every inline constraint can be added while rows are written."""
    return all(
        sequences.can_be_not_valid(facts.catalog, constraint.referenced)
        if constraint.type == "foreign_key"
        else constraint.type == "check" or unique_keys.can_come_from_index(constraint)
        for constraint in statement.column.constraints
    )


def with_column(facts: Facts, statement: AddColumn, *, not_null: bool) -> Facts:
    """Return the facts as they are when the column is there, without its constraints."""
    column = replace(statement.column, constraints=(), not_null=not_null)
    return replace(facts, catalog=evolve.apply(facts.catalog, replace(statement, column=column)))


def added(change: Change, statement: AddColumn, facts: Facts, rewritten: Rewrite) -> Rewrite:
    """Return a rewrite of the column with the steps of its constraints after it.

    They go to migrate, or to contract: a key that waits for NOT NULL there, and a CHECK that old code would break.
    """
    steps: dict[PhaseName, tuple[Step, ...]] = {
        PhaseName.MIGRATE: rewritten.migrate,
        PhaseName.CONTRACT: rewritten.contract,
    }
    notes = rewritten.notes
    later = with_column(facts, statement, not_null=statement.column.not_null)
    for constraint in statement.column.constraints:
        phase, note = PhaseName.MIGRATE, None
        if constraint.type == "check":
            phase, note = writers.phase_of_check(facts, statement.table, constraint)
        elif constraint.type == "primary_key" and rewritten.contract:
            phase = PhaseName.CONTRACT
        steps[phase] = (*steps[phase], *_sequence(change, statement, later, constraint))
        notes = (*notes, note) if note is not None else notes
        applied = AddConstraint(sql="", table=statement.table, constraint=constraint)
        later = replace(later, catalog=evolve.apply(later.catalog, applied))
    return replace(rewritten, migrate=steps[PhaseName.MIGRATE], contract=steps[PhaseName.CONTRACT], notes=notes)


def _sequence(change: Change, statement: AddColumn, facts: Facts, constraint: Constraint) -> tuple[Step, ...]:
    match constraint.type:
        case "check":
            return sequences.check(change, facts, statement.table, constraint)
        case "foreign_key":
            return sequences.foreign_key(change, facts, statement.table, constraint)
        case "primary_key":
            not_null = unique_keys.not_nulls(change, facts, statement.table, constraint)
            return (*not_null, *unique_keys.key(change, facts, statement.table, constraint))
        case _:
            return unique_keys.key(change, facts, statement.table, constraint)
