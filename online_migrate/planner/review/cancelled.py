"""What the plan makes and takes away again."""

from collections.abc import Iterator

from online_migrate.grammar import statements as s
from online_migrate.plan.finding import Finding
from online_migrate.plan.names import RelationName
from online_migrate.planner.review.whole import Whole
from online_migrate.strategies.interface import Change
from online_migrate.strategies.parts.naming import of_moved

_Thing = tuple[str, RelationName, str]
"""What it is, the table it is on (of a table or index itself: its name), and its own name ("" of these)."""

_RENAMING = (s.RenameTable, s.SetSchema, s.RenameColumn, s.RenameIndex, s.RenameConstraint)


def made_and_removed(plan: Whole) -> Iterator[Finding]:
    """A column, table, index or constraint that the same plan adds and drops: both are carried out, for nothing."""
    made: dict[_Thing, Change] = {}
    for change in plan.changes:
        statement = change.statement
        if (gone := _removed(statement)) is not None and gone in made:
            yield _finding(gone, made.pop(gone), change)
        elif (thing := _made(statement)) is not None:
            made[thing] = change
        if isinstance(statement, _RENAMING):
            made = {_now_named(thing, statement): by for thing, by in made.items()}


def _finding(thing: _Thing, first: Change, last: Change) -> Finding:
    what, where, name = thing
    named = f"{name} of {where}" if name else str(where)
    revisions = dict.fromkeys(filter(None, (first.operation.revision, last.operation.revision)))
    within = f" ({', '.join(revisions)})" if revisions else ""
    return Finding(
        code="made-and-removed",
        what=f"The plan makes the {what} {named} and removes it again{within}: nothing is left of either.",
        do="Leave out both where no database has the first of them yet; `deploy` carries out both.",
        table=where if what != "index" else None,
        operations=(first.operation.id, last.operation.id),
    )


def _made(statement: s.Statement) -> _Thing | None:
    match statement:
        case s.AddColumn(table=table, column=column):
            return "column", table, column.name
        case s.CreateTable(table=table):
            return "table", table, ""
        case s.CreateIndex(table=table, name=str(name)):
            return "index", RelationName(table.schema, name), ""
        case s.AddConstraint(table=table, constraint=constraint) if constraint.name is not None:
            return "constraint", table, constraint.name
        case _:
            return None


def _removed(statement: s.Statement) -> _Thing | None:
    match statement:
        case s.DropColumn(table=table, column=column):
            return "column", table, column
        case s.DropTable(table=table):
            return "table", table, ""
        case s.DropIndex(index=index):
            return "index", index, ""
        case s.DropConstraint(table=table, name=name):
            return "constraint", table, name
        case _:
            return None


def _now_named(thing: _Thing, statement: s.Statement) -> _Thing:
    what, where, name = thing
    match statement:
        case s.RenameTable(table=table) | s.SetSchema(table=table) if table == where:
            return what, of_moved(statement), name
        case s.RenameColumn(table=table, column=old, new_name=new) if (what, where, name) == ("column", table, old):
            return what, where, new
        case s.RenameIndex(index=index, new_name=new) if (what, where) == ("index", index):
            return what, RelationName(index.schema, new), name
        case s.RenameConstraint(table=table, name=old, new_name=new) if thing == ("constraint", table, old):
            return what, where, new
        case _:
            return thing
