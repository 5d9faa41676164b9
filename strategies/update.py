"""UPDATE.

Naive risk: every row it changes stays locked until it ends, and the table doubles in size.

Steps: the fill trigger where one can keep later rows filled (expand; see `fills`), the rows in batches
that commit one by one (migrate; see `batches`), the trigger dropped (contract). Of a partitioned table
one backfill per leaf.

Locks: ROW EXCLUSIVE and the rows of one batch; the trigger SHARE ROW EXCLUSIVE, its drop ACCESS EXCLUSIVE,
for a moment.

Old and new code: between two batches both see rows of both kinds; with the trigger, rows that old code
writes are filled as they are written.

Preconditions: one whose new value depends on other rows of the same table, or that moves its own key or
partition, is run whole, as written, and the notes say so.

Undo: values that were there before the plan are put back from the journal (a primary key is needed);
columns that the plan adds go with their own undo.

PostgreSQL: 14 to 18; TID range scans from 14 (release notes).
"""

from online_migrate.grammar.statements import Update
from online_migrate.plan.model import PhaseName
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts.batches import batches
from online_migrate.strategies.parts.fills import fill_trigger

KINDS = ("update",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps."""
    statement = change.statement
    assert isinstance(statement, Update)
    found = batches(change, statement, facts)
    trigger = fill_trigger(change, statement, facts)
    return Rewrite(
        expand=(trigger.create,) if trigger is not None else (),
        migrate=found.steps,
        contract=(trigger.drop,) if trigger is not None else (),
        settled=PhaseName.MIGRATE,
        online=found.note is None,
        notes=tuple(filter(None, (found.note, trigger.note if trigger is not None else None))),
    )
