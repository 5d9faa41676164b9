"""The extended statistics of a column, whose copies for its shadow take their names."""

from collections.abc import Iterator

from online_migrate.catalog.model import ExtendedStatistics, Table
from online_migrate.grammar import copies
from online_migrate.grammar.compose import Identifier, Literal, compose
from online_migrate.grammar.statements import DropColumn, Other, RenameColumn
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Facts
from online_migrate.strategies.parts import done, locks
from online_migrate.strategies.parts.ids import step_id
from online_migrate.strategies.parts.moves import Move
from online_migrate.strategies.parts.shadow import Shadow, aside, copy_name


def obstacles(table: Table, column: str, facts: Facts) -> Iterator[str]:
    """Yield the statistics that the plan itself makes or changes, or of which it renames or drops a column."""
    live = facts.live.table(table.name)
    there = {found.name for found in live.extended_statistics} if live is not None else set()
    changed = {
        change.statement.object_name.rpartition(".")[2]
        for change in facts.changes
        if isinstance(change.statement, Other) and change.statement.object_name is not None
    }
    columns = {
        change.statement.column
        for change in facts.changes
        if isinstance(change.statement, RenameColumn | DropColumn) and change.statement.table == table.name
    }
    for found in _of(table, column):
        if found.name not in there or found.name.name in changed or not columns.isdisjoint(found.columns):
            yield f"the plan itself makes or changes the statistics {found.name.name}"


def prepare(made: Shadow) -> Iterator[Step]:
    """Yield the steps that make the copies: SHARE UPDATE EXCLUSIVE for a moment; the next ANALYZE gathers them."""
    table = made.table.name
    for found in _of(made.table, made.column.name):
        copy = RelationName(found.name.schema, copy_name(made, str(found.name)))
        yield Ddl(
            id=step_id(made.change, "create_statistics", table, found.name.name),
            operation=made.change.operation.id,
            purpose=f"make the statistics {found.name.name} of {made.in_words}",
            sql=(copies.statistics_copy(found.definition, copy, made.column.name, made.name),),
            locks=locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, table),
            done_check=done.statistics_exist(copy),
            undo=(compose("DROP STATISTICS IF EXISTS {name}", name=copy),),
        )


def moves(made: Shadow) -> Iterator[Move]:
    """Yield the moves of all; those of the column that was go with it. ALTER TYPE forgets their targets (measured)."""
    for found in _of(made.table, made.column.name):
        name = found.name
        yield _rename(name, aside(made, name.name))
        yield _rename(RelationName(name.schema, copy_name(made, str(name))), name.name)
        if found.comment is not None:
            comment = compose("COMMENT ON STATISTICS {name} IS {comment}", name=name, comment=Literal(found.comment))
            yield Move(do=(comment,), undo=())


def _rename(name: RelationName, new: str) -> Move:
    template = "ALTER STATISTICS {name} RENAME TO {new}"
    back = RelationName(name.schema, new)
    return Move(
        do=(compose(template, name=name, new=Identifier(new)),),
        undo=(compose(template, name=back, new=Identifier(name.name)),),
    )


def _of(table: Table, column: str) -> tuple[ExtendedStatistics, ...]:
    return tuple(found for found in table.extended_statistics if column in found.columns)
