"""Statements that PostgreSQL refuses because of what rests on what they change."""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.finding import REFUSED, Finding
from online_migrate.plan.names import RelationName
from online_migrate.planner.changes import UNCAPTURED
from online_migrate.planner.review.whole import Whole

_VIEWS = ("create_view", "create_materialized_view")
_LOOSEN = s.Other | s.AlterTableOther | s.CreateTrigger | s.DropColumn | s.DropTable


def refused_by_postgresql(plan: Whole) -> Iterator[Finding]:
    """A column that something rests on is dropped or changed, or a table that views read or foreign keys refer to.

    Silent from the first operation on that cannot be looked into: it may take away what stands in the way; of views
    that the plan has replaced, which may read less than before; and of what else rests on a column (policies, triggers,
    generated columns, publications, functions) once the plan may have dropped or replaced one.
    """
    replaced: set[str] = set()
    loosened = False
    dropped = {c.statement.table for c in plan.changes if isinstance(c.statement, s.DropTable)}
    for walked in plan.walked:
        change = walked.change
        if change.assessment.opaque or kind_of(change.statement) == UNCAPTURED:
            return
        if isinstance(change.statement, s.Other) and change.statement.tag in _VIEWS:
            replaced.update(map(str, change.statement.relations[:1]))
        what, held_by = _held(change.statement, walked.catalog, dropped, loosened=loosened)
        loosened = loosened or isinstance(change.statement, _LOOSEN)
        if held_by := tuple(other for other in held_by if other not in replaced):
            yield Finding(
                code=REFUSED,
                what=f"PostgreSQL refuses to {what}: {', '.join(held_by)} would be left without it.",
                do="Drop or change that first, in the same revision, and make it anew afterwards where it is wanted.",
                table=change.statement.table if isinstance(change.statement, s.TableStatement | s.DropTable) else None,
                operations=(change.operation.id,),
            )


def _held(
    statement: s.Statement, catalog: Catalog, dropped: set[RelationName], *, loosened: bool
) -> tuple[str, tuple[str, ...]]:
    match statement:
        case s.DropColumn(table=table, column=column, cascade=False):
            held_by = _on_column(catalog, table, column, loosened=loosened)
            # PostgreSQL 14 drops what is computed from a column along with it.
            return f"drop {column} of {table}", tuple(h for h in held_by if not h.startswith("column "))
        case s.AlterType(table=table, column=column):
            return f"change the type of {column} of {table}", _on_column(catalog, table, column, loosened=loosened)
        case s.DropTable(table=table, cascade=False):
            return f"drop {table}", _on_table(catalog, table, dropped)
        case _:
            return "", ()


def _on_column(catalog: Catalog, table: RelationName, name: str, *, loosened: bool) -> tuple[str, ...]:
    found = catalog.table(table)
    column = found.column(name) if found is not None else None
    if found is None or column is None:
        return ()
    views = (str(view) for reads, view in found.column_dependents if reads == name)
    return (*views, *(() if loosened else column.held_by))


def _on_table(catalog: Catalog, name: RelationName, dropped: set[RelationName]) -> tuple[str, ...]:
    found = catalog.table(name)
    if found is None:
        return ()
    keys = (f"{key.name} of {owner.name}" for owner, key in catalog.referencing(name) if owner.name not in dropped)
    return (*map(str, found.dependents), *keys)
