"""Statements that PostgreSQL refuses because views or foreign keys rest on what they change."""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.finding import REFUSED, Finding
from online_migrate.plan.names import RelationName
from online_migrate.planner.changes import UNCAPTURED
from online_migrate.planner.review.whole import Whole

_VIEWS = ("create_view", "create_materialized_view")


def refused_by_postgresql(plan: Whole) -> Iterator[Finding]:
    """A column that a view reads is dropped or changed, or a table that views read or foreign keys refer to is dropped.

    Silent from the first operation on that cannot be looked into: it may take away what stands in the way; and of views
    that the plan has replaced, which may read less than before.
    """
    replaced: set[str] = set()
    dropped = {c.statement.table for c in plan.changes if isinstance(c.statement, s.DropTable)}
    for walked in plan.walked:
        change = walked.change
        if change.assessment.opaque or kind_of(change.statement) == UNCAPTURED:
            return
        if isinstance(change.statement, s.Other) and change.statement.tag in _VIEWS:
            replaced.update(map(str, change.statement.relations[:1]))
        what, held_by = _held(change.statement, walked.catalog, dropped)
        if held_by := tuple(other for other in held_by if other not in replaced):
            yield Finding(
                code=REFUSED,
                what=f"PostgreSQL refuses to {what}: {', '.join(held_by)} would be left without it.",
                do="Drop or change that first, in the same revision, and make it anew afterwards where it is wanted.",
                table=change.statement.table if isinstance(change.statement, s.TableStatement | s.DropTable) else None,
                operations=(change.operation.id,),
            )


def _held(statement: s.Statement, catalog: Catalog, dropped: set[RelationName]) -> tuple[str, tuple[str, ...]]:
    match statement:
        case s.DropColumn(table=table, column=column, cascade=False):
            return f"drop {column} of {table}", _on_column(catalog, table, column)
        case s.AlterType(table=table, column=column):
            return f"change the type of {column} of {table}", _on_column(catalog, table, column)
        case s.DropTable(table=table, cascade=False):
            return f"drop {table}", _on_table(catalog, table, dropped)
        case _:
            return "", ()


def _on_column(catalog: Catalog, table: RelationName, name: str) -> tuple[str, ...]:
    found = catalog.table(table)
    return tuple(str(view) for reads, view in found.column_dependents if reads == name) if found is not None else ()


def _on_table(catalog: Catalog, name: RelationName, dropped: set[RelationName]) -> tuple[str, ...]:
    found = catalog.table(name)
    if found is None:
        return ()
    keys = (f"{key.name} of {owner.name}" for owner, key in catalog.referencing(name) if owner.name not in dropped)
    return (*map(str, found.dependents), *keys)
