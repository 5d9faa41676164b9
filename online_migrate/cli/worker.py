"""`online-migrate worker`."""

import click

from online_migrate.cli.interrupt import Interrupt
from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.clock import SystemClock
from online_migrate.execution.worker import work
from online_migrate.reports.progress import Watcher, make_console
from online_migrate.reports.words import plural


@click.command("worker")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    help="How many connections change rows at once (default 1).",
)
@click.option("--wait", is_flag=True, help="Wait for backfills to come, until it is stopped.")
@click.pass_obj
def command(settings: Settings, /, workers: int, wait: bool) -> None:
    """Help the backfills of a deploy that runs elsewhere.

    Takes parts of the table that nobody works on, and ends when nothing is left. May be started and stopped at any
    time, on any host that reaches the database.
    """
    console = make_console()
    with Interrupt() as interrupt, Watcher(console) as watcher:
        if wait:
            console.print("Waiting for backfills. Ctrl-C ends it.")
        helped = work(
            database=find_location(settings).database,
            workers=workers,
            clock=SystemClock(),
            observer=watcher,
            should_stop=interrupt,
            wait=wait,
        )
    console.print(f"Nothing is left of {plural(helped, 'backfill')}." if helped else "No backfill runs now.")
