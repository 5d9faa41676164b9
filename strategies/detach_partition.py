"""DETACH PARTITION.

Naive risk: quick, but ACCESS EXCLUSIVE on the whole partitioned table, behind every query of any partition.

Steps, in contract: DETACH CONCURRENTLY, which waits for those queries without a lock that anybody waits for; then the
CHECK that it leaves on the partition, and that the plain form does not, is dropped. Beside a DEFAULT partition, for a
partition that is partitioned itself, and where the bounds are HASH or not on plain columns: as written.

Locks: SHARE UPDATE EXCLUSIVE on the table; ACCESS EXCLUSIVE on the partition once no query uses it through the table.

Old and new code: queries of the table no longer find the rows, so it waits until old code is gone, unless something
later in the plan rests on it.

Preconditions: no transaction that never ends: DETACH waits for all that use the table. One that is interrupted
leaves the partition half detached; the same command then runs DETACH ... FINALIZE.

Undo: ATTACH with the bounds it had; the CHECK proves them.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html (DETACH PARTITION).
"""

from online_migrate.grammar.statements import AlterTableOther
from online_migrate.plan.model import PhaseName
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts.as_written import as_written, in_phase
from online_migrate.strategies.parts.detaching import detach

KINDS = ("detach_partition",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; as written where PostgreSQL has no concurrent form."""
    statement = change.statement
    assert isinstance(statement, AlterTableOther)
    assert statement.other is not None
    steps = detach(change, facts, statement.other)
    if steps is None:
        note = "PostgreSQL detaches this partition only while nobody uses the table, for a moment."
        return as_written(change, facts, PhaseName.CONTRACT, note=note)
    # Written so, the CHECK is part of what was asked for.
    return in_phase(PhaseName.CONTRACT, *(steps[:1] if statement.concurrent else steps))
