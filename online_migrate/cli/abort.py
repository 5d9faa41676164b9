"""`online-migrate abort`."""

import sys

import click
from rich.text import Text

from online_migrate.cli.interrupt import Interrupt
from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.observing import Log, log_options, observing
from online_migrate.cli.sessions import blocker_options, termination
from online_migrate.clock import SystemClock
from online_migrate.errors import UsageError
from online_migrate.execution.abort import abort, what_abort_would_do
from online_migrate.reports.event_log import LogFormat
from online_migrate.reports.progress import make_console
from online_migrate.reports.sql import readable
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural


@click.command("abort")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--force", is_flag=True, help="Leave what cannot be put back as it is, instead of refusing.")
@click.option("--dry-run", is_flag=True, help="Say what would be undone, and change nothing.")
@click.option("--wait", is_flag=True, help="Wait for a deploy that is running, instead of refusing.")
@blocker_options
@log_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    yes: bool,
    force: bool,
    dry_run: bool,
    wait: bool,
    terminate_blockers: int | None,
    terminate_active: bool,
    log_format: LogFormat | None,
    log_file: str | None,
) -> None:
    """Undo an unfinished deploy, back to where it began.

    Possible until contract begins. Says first what it would undo.
    """
    order = termination(terminate_blockers, active=terminate_active)
    console = make_console()
    database = find_location(settings).database
    undos = what_abort_would_do(database)
    console.print("What is done would be taken back, last first:" if undos else "No step has begun: nothing to undo.")
    for undo in undos:
        mark = Text("undo", style="cyan") if undo.possible else Text("keep", style="yellow")
        print_row(console, mark, Text(undo.step.purpose), width=6)
        for statement in undo.statements:
            print_row(console, "", Text(f"{readable(statement, width=68)};", style="dim"), width=6, indent=2)
        if undo.restores_rows:
            print_row(console, "", Text("puts the old values of rows back", style="dim"), width=6, indent=2)
        if not undo.possible:
            print_row(console, "", Text("cannot be put back", style="yellow"), width=6, indent=2)
    if dry_run:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("Nobody can be asked whether to undo this.", hint="Add --yes.")
        click.confirm("Undo this?", abort=True)
    with Interrupt() as interrupt, observing(console, Log.of(log_format, log_file)) as observer:
        done = abort(
            database=database,
            clock=SystemClock(),
            observer=observer,
            should_stop=interrupt,
            force=force,
            wait=wait,
            termination=order,
        )
    console.print(f"Deploy {done.deploy_id} is undone: {plural(len(done.undone), 'step')} put back.")
    for step in done.kept:
        print_row(console, Text("kept", style="yellow"), Text(step.purpose), width=6)
