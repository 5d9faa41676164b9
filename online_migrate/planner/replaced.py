"""What is dropped and made again under its name changes in one moment, as rights that are taken and given again.

No code finds it missing in between.
"""

from collections.abc import Sequence
from dataclasses import replace

from online_migrate.grammar import statements as s
from online_migrate.grammar.predicates import dropped_name, grantees
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Ddl
from online_migrate.planner.paths import Record
from online_migrate.planner.placed import Placed
from online_migrate.strategies.interface import Rewrite
from online_migrate.strategies.parts.locks import strongest

_Object = tuple[str, RelationName | str, object]


def together(placed: Sequence[Placed], statements: Sequence[s.Statement]) -> tuple[Placed, ...]:
    """Return the changes, with one step for both where a trigger, policy, view or function is dropped and made again.

    Rights that are taken and given again to the same roles change in contract: old code has what it had until then. Not
    where a statement between the two rests on the drop.

    Args:
        placed: the changes, in the user's order.
        statements: what each of them does.
    """
    changes = list(placed)
    dropped: dict[_Object, int] = {}
    for at, statement in enumerate(statements):
        if (gone := _dropped(statement)) is not None:
            dropped[gone] = at
        elif (made := _made(statement)) is not None and (before := dropped.pop(made, None)) is not None:
            joined = _joined(changes[before], changes[at])
            if joined is not None and not _needed(changes[before], changes[before + 1 : at]):
                changes[before] = replace(changes[before], rewrite=Rewrite(notes=changes[before].rewrite.notes))
                changes[at] = joined
    return tuple(changes)


def _needed(drop: Placed, between: Sequence[Placed]) -> bool:
    record = Record()
    record.add(0, drop.touches)
    # A column that is added never waits for a removal, although what is removed may read all columns.
    return any(record.needed_by(change.touches) for change in between if change.kind != "add_column")


def _joined(drop: Placed, creation: Placed) -> Placed | None:
    match (*drop.rewrite.expand, *drop.rewrite.migrate, *drop.rewrite.contract), creation.rewrite:
        case (Ddl() as first,), Rewrite(expand=(Ddl() as second,), migrate=(), contract=()):
            if first.search_path != second.search_path:
                return None
        case _:
            return None
    reversible = first.reversible and second.reversible
    step = replace(
        second,
        purpose=f"{first.purpose}; {second.purpose}",
        sql=(*first.sql, *second.sql),
        locks=strongest((*first.locks, *second.locks)),
        # Before and after there is one of that name.
        done_check=None,
        undo=(*second.undo, *first.undo) if reversible else (),
        reversible=reversible,
    )
    touches = replace(
        creation.touches,
        reads=creation.touches.reads | drop.touches.reads,
        writes=creation.touches.writes | drop.touches.writes,
    )
    rewrite = replace(creation.rewrite, expand=())
    waits = drop.kind == "revoke"
    rewrite = replace(rewrite, contract=(step,)) if waits else replace(rewrite, migrate=(step,))
    return replace(creation, touches=touches, rewrite=rewrite)


def _dropped(statement: s.Statement) -> _Object | None:
    match statement:
        case s.Other(tag="drop_trigger" | "drop_policy" as tag, relations=(table,)):
            return tag.removeprefix("drop_"), table, dropped_name(statement.sql)
        case s.Other(tag="drop_view", relations=(view,)):
            return "view", view, ""
        case s.Other(tag="drop_function"):
            return "function", (statement.object_name or "").rpartition(".")[2], ""
        case s.Other(tag="revoke", relations=(table,)):
            return "rights", table, grantees(statement.sql)
        case _:
            return None


def _made(statement: s.Statement) -> _Object | None:
    match statement:
        case s.CreateTrigger(table=table, name=name):
            return "trigger", table, name
        case s.Other(tag="create_policy", relations=(table, *_), object_name=str(name)):
            return "policy", table, name
        case s.Other(tag="create_view", relations=(view, *_)):
            return "view", view, ""
        case s.Other(tag="create_function", object_name=str(name)):
            return "function", name.rpartition(".")[2], ""
        case s.Other(tag="grant", relations=(table,)):
            return "rights", table, grantees(statement.sql)
        case _:
            return None
