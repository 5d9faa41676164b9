"""ADD CONSTRAINT ... UNIQUE.

Naive risk: builds an index under ACCESS EXCLUSIVE: nobody reads or writes meanwhile.

Steps: CREATE UNIQUE INDEX CONCURRENTLY under the constraint's name, then ADD CONSTRAINT ... USING INDEX
(DEFERRABLE, INCLUDE and NULLS NOT DISTINCT as written), in migrate. On a partitioned table: the constraint
ON ONLY it, the two steps on each leaf, each leaf's index attached; it counts once the last one is.

Locks: SHARE UPDATE EXCLUSIVE while the index is built, ACCESS EXCLUSIVE for a moment to take it over.

Old and new code: a duplicate is refused from the moment the index is built, whoever writes it.

Preconditions: no duplicates (the build fails and its leftover is dropped); not WITHOUT OVERLAPS,
which has no concurrent form and runs as written.

Undo: the constraint and its index are dropped.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html (USING INDEX).
"""

from online_migrate.grammar.statements import AddConstraint
from online_migrate.plan.model import PhaseName
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import unique_keys
from online_migrate.strategies.parts.as_written import as_written, in_phase

KINDS = ("add_unique",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where an index is given already."""
    statement = change.statement
    assert isinstance(statement, AddConstraint)
    constraint = statement.constraint
    if constraint.using_index is not None:
        return None
    if not unique_keys.can_come_from_index(constraint):
        note = "A key WITHOUT OVERLAPS has no form that lets writers on."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    return in_phase(PhaseName.MIGRATE, *unique_keys.key(change, facts, statement.table, constraint))
