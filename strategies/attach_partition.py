"""ATTACH PARTITION.

Naive risk: the parent stays usable, but every row of the table is read under ACCESS EXCLUSIVE, every row of the
DEFAULT partition too, which then nobody reads or writes, and what the parent has and the table lacks is built
and checked meanwhile, the tables that foreign keys refer to locked against writes.

Steps, in migrate: indexes CONCURRENTLY, keys from them, foreign keys NOT VALID and validated, each under the name
that ATTACH would give it; a CHECK that repeats the bounds, NOT VALID and validated, and one that excludes them on
the DEFAULT partition; ATTACH, which then reads nothing; the CHECKs are dropped.

Locks: SHARE UPDATE EXCLUSIVE while rows are read; ATTACH takes SHARE UPDATE EXCLUSIVE on the parent and ACCESS
EXCLUSIVE on the table, the DEFAULT partition and the tables its foreign keys refer to, for a moment.

Old and new code: find the rows in the parent from ATTACH on. From the CHECK on the DEFAULT partition until then a
new row within the bounds is refused: it would have had to go to that partition, where ATTACH would find it.

Preconditions: rows within the bounds, none of them in the DEFAULT partition. Bounds of HASH, of DEFAULT itself, of
keys that are no plain columns or that are not constants cannot be repeated: as written.

Undo: DETACH, and what was made for the table is dropped.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html (ATTACH PARTITION); measured on 14 and
18.
"""

from online_migrate.grammar.statements import AlterTableOther
from online_migrate.plan.model import PhaseName
from online_migrate.risk.tables import default_partition
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import joining
from online_migrate.strategies.parts.as_written import as_written, in_phase

KINDS = ("attach_partition",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; as written where the bounds cannot be proved beforehand."""
    statement = change.statement
    assert isinstance(statement, AlterTableOther)
    steps = joining.attach(change, facts, statement)
    if steps is None:
        note = "No CHECK can prove these bounds beforehand, so rows are read while the partition is attached."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    default = default_partition(facts.catalog.table(statement.table), facts.catalog)
    if default is None:
        return in_phase(PhaseName.MIGRATE, *steps)
    note = f"Until it is attached, new rows within its bounds are refused: they would go to {default.name}."
    return in_phase(PhaseName.MIGRATE, *steps, note=note)
