"""ADD CONSTRAINT ... FOREIGN KEY.

Naive risk: reads both tables under SHARE ROW EXCLUSIVE on both: nobody writes to either meanwhile.

Steps: NOT VALID (new rows only), then VALIDATE, in migrate, one foreign key per step so that no step
locks more tables than it must. Before 18 that of a partitioned table so on each leaf, then ADD on the table, which
takes those over and reads nothing; one to a partitioned table cannot be had so: as written.

Locks: SHARE ROW EXCLUSIVE on both tables for a moment; then SHARE UPDATE EXCLUSIVE on the referencing and
ROW SHARE on the referenced table while the rows are read. To take over the leaves' keys, before 18, ACCESS EXCLUSIVE
on the referenced table for a moment.

Old and new code: from the first step on a row without its counterpart is refused, whoever writes it.

Preconditions: every row has its counterpart by then; VALIDATE fails otherwise.

Undo: the constraint is dropped again (ACCESS EXCLUSIVE on both tables for a moment).

PostgreSQL: 14 to 18; NOT VALID on partitioned tables from 18 (release notes; measured on 14, 16 and 18).
"""

from online_migrate.grammar.statements import AddConstraint
from online_migrate.plan.model import PhaseName
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import sequences
from online_migrate.strategies.parts.as_written import as_written, in_phase

KINDS = ("add_foreign_key",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the statement reads no row anyway (NOT VALID, NOT ENFORCED)."""
    statement = change.statement
    assert isinstance(statement, AddConstraint)
    constraint = statement.constraint
    if constraint.not_valid or constraint.not_enforced:
        return None
    if not sequences.can_be_not_valid(facts.catalog, constraint.referenced):
        note = "Before PostgreSQL 18 a foreign key to a partitioned table must check all rows at once."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    return in_phase(PhaseName.MIGRATE, *sequences.foreign_key(change, facts, statement.table, constraint))
