"""`online-migrate dropped`."""

import sys

import click
from rich.console import Console
from rich.text import Text

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.errors import UsageError
from online_migrate.execution import dropped as kept_aside
from online_migrate.execution.dropped import Dropped
from online_migrate.reports.progress import make_console
from online_migrate.reports.sql import readable
from online_migrate.reports.terminal import print_row


@click.command("dropped")
@click.option("--restore", metavar="TABLE", help="Put this table (schema.name) back under its name.")
@click.option("--drop", "finally_", is_flag=True, help="Drop for good what was kept for its days.")
@click.option("--all", "everything", is_flag=True, help="With --drop: also what still has days left.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def command(settings: Settings, /, restore: str | None, finally_: bool, everything: bool, yes: bool) -> None:
    """Show the tables that contract has put aside (deploy --keep-dropped) instead of dropping them.

    Nothing is dropped for good unless --drop says so.
    """
    if (restore is not None and finally_) or (everything and not finally_):
        raise UsageError("These options say different things.", hint="Give --restore TABLE, or --drop (and --all).")
    console = make_console()
    with find_location(settings).database.connect("dropped") as connection:
        found = kept_aside.dropped(connection)
        if restore is not None:
            chosen = _named(found, restore)
            kept_aside.restore(connection, chosen)
            _restored(chosen, console)
            return
        _show(found, console)
        due = [kept for kept in found if finally_ and (everything or kept.over)]
        if finally_ and found and not due:
            console.print("None has been kept for its days yet; --all drops them all the same.")
        if due:
            _ask(due, yes)
        for kept in due:
            kept_aside.drop(connection, kept)
            console.print(f"Dropped {kept.table} for good.")


def _named(found: tuple[Dropped, ...], name: str) -> Dropped:
    matching = [kept for kept in found if str(kept.table) == name]
    if not matching:
        listed = ", ".join(str(kept.table) for kept in found)
        hint = f"These are: {listed}." if listed else "No table is."
        raise UsageError(f"No table {name} is kept aside.", hint=hint)
    return matching[-1]


def _ask(due: list[Dropped], yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked whether to drop these for good.", hint="Add --yes.")
    click.confirm(f"Drop {', '.join(str(kept.table) for kept in due)} for good, with all rows?", abort=True)


def _show(found: tuple[Dropped, ...], console: Console) -> None:
    if not found:
        console.print("No table is kept aside.")
    for kept in found:
        dropped, until = (f"{at:%Y-%m-%d %H:%M %Z}" for at in (kept.dropped_at, kept.until))
        console.print(Text(f"{kept.table}: dropped {dropped}, {'was to be ' if kept.over else ''}kept until {until}."))
        console.print(Text(f"  Its rows are in {kept.aside}.", style="dim"))


def _restored(kept: Dropped, console: Console) -> None:
    console.print(Text(f"{kept.table} is back."))
    if kept.lost:
        console.print("Its foreign keys are not. If they still hold, these add them again:")
    for statement in kept.lost:
        print_row(console, "", Text(f"{readable(statement, width=74)};", style="dim"), width=2)
