"""REFRESH MATERIALIZED VIEW.

Naive risk: ACCESS EXCLUSIVE on the view for as long as its query runs: nobody reads it.

Steps, in migrate: REFRESH CONCURRENTLY, which writes the differences. It needs a unique index on plain columns without
a WHERE, and a view that is filled: else as written, as is WITH NO DATA.

Locks: EXCLUSIVE on the view, which stops no reader.

Old and new code: read the old rows until it is done.

Preconditions: those above.

Undo: none; the rows come from the tables that the view reads.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html.
"""

from dataclasses import replace

from online_migrate.catalog.model import Table
from online_migrate.grammar import edit
from online_migrate.grammar.statements import RefreshMaterializedView
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import locks
from online_migrate.strategies.parts.as_written import as_written, in_phase, step

KINDS = ("refresh_materialized_view",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the step; None where it is written so already, or nobody knows the view yet."""
    statement = change.statement
    assert isinstance(statement, RefreshMaterializedView)
    view = facts.catalog.table(statement.view)
    if view is None or statement.concurrently or facts.live.table(statement.view) is None:
        return None
    obstacle = _obstacle(view, statement)
    if obstacle is not None:
        return as_written(change, facts, PhaseName.MIGRATE, note=obstacle)
    stated = (
        *locks.on(LockMode.EXCLUSIVE, view.name),
        *(lock for lock in change.assessment.locks if lock.relation != view.name),
    )
    purpose = f"refresh {view.name} beside its readers"
    refresh = replace(step(change, facts), purpose=purpose, sql=(edit.concurrently(statement.sql),), locks=stated)
    return in_phase(PhaseName.MIGRATE, refresh)


def _obstacle(view: Table, statement: RefreshMaterializedView) -> str | None:
    if not statement.with_data:
        return "WITH NO DATA empties the view: nobody can read it until it is refreshed again."
    if not view.populated:
        return f"{view.name} has never been filled, so that nobody reads it; it cannot be refreshed CONCURRENTLY."
    usable = (i for i in view.indexes if i.unique and i.valid and not i.has_expressions and i.predicate is None)
    if next(usable, None) is None:
        return f"{view.name} has no unique index on plain columns, without which nobody can read it meanwhile."
    return None
