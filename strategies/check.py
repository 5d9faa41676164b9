"""ADD CONSTRAINT ... CHECK.

Naive risk: reads every row under ACCESS EXCLUSIVE.

Steps: NOT VALID (new rows only), then VALIDATE, in migrate. Where the CHECK refuses NULL in a column
that this plan adds and that old code does not fill, both wait for contract. One that is NOT VALID already is run as
it is, at the same time.

Locks: ACCESS EXCLUSIVE for a moment, then SHARE UPDATE EXCLUSIVE while the rows are read; partitions
the same.

Old and new code: from the first step on a row that breaks the rule is refused, whoever writes it.

Preconditions: no row breaks it by then; VALIDATE fails otherwise.

Undo: the constraint is dropped again.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html (NOT VALID).
"""

from online_migrate.grammar.statements import AddConstraint
from online_migrate.plan.steps import Step
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, sequences, writers

KINDS = ("add_check",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the statement refuses nobody's rows (NOT ENFORCED)."""
    statement = change.statement
    assert isinstance(statement, AddConstraint)
    constraint = statement.constraint
    if constraint.not_enforced or statement.only:
        return None
    steps: tuple[Step, ...] = (as_written.step(change, facts),)
    if not constraint.not_valid:
        steps = sequences.check(change, facts, statement.table, constraint)
    phase, note = writers.phase_of_check(facts, statement.table, constraint)
    return as_written.in_phase(phase, *steps, note=note)
