"""DROP INDEX.

Naive risk: ACCESS EXCLUSIVE on the table behind every running query, and queries of old code that
need the index become slow.

Steps: DROP INDEX CONCURRENTLY, in contract; in migrate where it is unique. The index of a partitioned
table, and one that is a constraint's, cannot be dropped so: as written.

Locks: SHARE UPDATE EXCLUSIVE on the table; it waits for the transactions that use the index.

Old and new code: old code keeps its index until it is gone. A unique index is also a rule for rows, so
it goes before new code comes, which may write what it forbids.

Preconditions: none.

Undo: CREATE INDEX CONCURRENTLY with the definition that the catalog had.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-dropindex.html.
"""

from online_migrate.grammar import edit
from online_migrate.grammar.statements import DropIndex
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import ConcurrentDdl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import done, inverse, locks
from online_migrate.strategies.parts.as_written import as_written, in_phase
from online_migrate.strategies.parts.ids import step_id

KINDS = ("drop_index",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where there is no such index."""
    statement = change.statement
    assert isinstance(statement, DropIndex)
    table = facts.catalog.index_table(statement.index)
    if table is None:
        return None
    index = next(i for i in table.indexes if i.name == statement.index)
    # A unique index is a rule for rows, which new code may need gone before it comes.
    phase = PhaseName.MIGRATE if index.unique else PhaseName.CONTRACT
    if table.kind == "p" or table.is_partition or index.constraint is not None or statement.cascade:
        note = "An index of a partitioned table or of a constraint cannot be dropped beside its users."
        return as_written(change, facts, phase, note=note)
    undo = inverse.recreate_index(index.name, facts.catalog, beside_writers=True)
    drop = ConcurrentDdl(
        id=step_id(change, "drop_index", index.name),
        operation=change.operation.id,
        purpose=f"drop the index {index.name.name} beside the writers",
        sql=(statement.sql if statement.concurrently else edit.concurrently(statement.sql),),
        locks=locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, table.name),
        done_check=done.relation_absent(index.name),
        undo=undo or (),
        reversible=undo is not None,
    )
    return in_phase(phase, drop)
