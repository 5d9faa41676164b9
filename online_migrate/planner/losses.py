"""What going back loses: what the later release has written where the earlier one has no place for it."""

from collections.abc import Sequence

from online_migrate.grammar import statements as s
from online_migrate.strategies.interface import Change


def losses(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return a sentence for the plan of a downgrade that names the columns and tables whose data is lost."""
    lost = dict.fromkeys(_lost(change.statement) for change in changes if change.assessment.data_loss)
    named = ", ".join(what for what in lost if what is not None)
    return (f"Going back loses what is stored in: {named}.",) if named else ()


def _lost(statement: s.Statement) -> str | None:
    match statement:
        case s.DropColumn(table=table, column=column) | s.AlterType(table=table, column=column):
            return f"{table}.{column}"
        case s.TableStatement(table=table) | s.DropTable(table=table):
            return str(table)
        case _:
            return None
