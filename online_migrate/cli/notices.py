"""What the journal already has, said before and after a command: deploys under way, steps that wait for contract."""

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from online_migrate.database import Database
from online_migrate.execution import journal
from online_migrate.execution.journal import DeployRecord
from online_migrate.reports.status import route, when_due
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural

STAMPS_NOTHING = (
    "The difference between the models and the database belongs to no revision: alembic_version stays where it is, "
    "and a revision that you generate afterwards finds nothing left to do."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """The deploy that is unfinished, and those that wait for their contract phase, with how many steps are left."""

    unfinished: DeployRecord | None
    waiting: tuple[tuple[DeployRecord, int], ...]


def under_way(database: Database) -> UnderWay:
    """Read from the journal what is under way; nothing is where there is no journal."""
    with database.connect("journal") as connection:
        return UnderWay(
            unfinished=journal.unfinished(connection),
            waiting=tuple(
                (record, sum(1 for step in journal.steps(connection, record.id) if step.state != "done"))
                for record in journal.awaiting_contract(connection)
            ),
        )


def show_under_way(found: UnderWay, console: Console) -> None:
    """Print what is under way and which command goes on with it; nothing where nothing is."""
    record = found.unfinished
    if record is not None:
        going = (
            "is being undone; `online-migrate abort` finishes that."
            if record.state == "aborting"
            else (
                f"is unfinished, in its {record.phase} phase. `{record.plan().command}` carries on with it first, "
                "`online-migrate abort` undoes it. The plan below starts from the database as it is now."
            )
        )
        note(console, f"Deploy {record.id} ({route(record)}) {going}")
    for waiting, left in found.waiting:
        note(
            console,
            f"Deploy {waiting.id} ({route(waiting)}) waits at the gate with {plural(left, 'contract step')}: "
            f"{when_due(waiting)}: `online-migrate deploy --phase contract`.",
        )


def note(console: Console, words: str) -> None:
    """Print a remark that stands out."""
    print_row(console, Text("note", style="yellow"), Text(words), margin=0, width=8)
