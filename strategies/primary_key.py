"""ADD CONSTRAINT ... PRIMARY KEY.

Naive risk: builds an index, and reads the table for NULLs, under ACCESS EXCLUSIVE.

Steps, in migrate: every column that takes NULL is made NOT NULL by the not-null sequence, the unique
index is built CONCURRENTLY, then ADD CONSTRAINT ... PRIMARY KEY USING INDEX.

Locks: SHARE UPDATE EXCLUSIVE while rows are read and the index is built, ACCESS EXCLUSIVE for moments.

Old and new code: a NULL or a duplicate is refused from the steps that look for them on.

Preconditions: neither NULLs nor duplicates in the rows; not on a partitioned table (as written).

Undo: the constraint with its index, then the NOT NULLs, are dropped.

PostgreSQL: 14 to 18; a nullable column would make the last step scan (measured on 15, 16, 18).
"""

from online_migrate.grammar.statements import AddConstraint
from online_migrate.plan.model import PhaseName
from online_migrate.strategies import sequences
from online_migrate.strategies.as_written import as_written, in_phase
from online_migrate.strategies.interface import Change, Facts, Rewrite

KINDS = ("add_primary_key",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where an index is given already."""
    statement = change.statement
    assert isinstance(statement, AddConstraint)
    constraint, name = statement.constraint, statement.table
    if constraint.using_index is not None:
        return None
    if not sequences.can_come_from_index(facts, name, constraint):
        note = "A key of a partitioned table, or one WITHOUT OVERLAPS, has no form that lets writers on."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    return in_phase(PhaseName.MIGRATE, *sequences.primary_key(change, facts, name, constraint))
