"""`online-migrate status`."""

import json

import click

from online_migrate.cli.interrupt import Interrupt
from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.clock import SystemClock
from online_migrate.execution.status import status
from online_migrate.reports.progress import make_console
from online_migrate.reports.status import show_status
from online_migrate.reports.status_data import status_data

WATCH_S = 1.0


@click.command("status")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people, or as JSON (docs/status-format.md).",
)
@click.option("--watch", is_flag=True, help="Show it again every second, until nobody runs a deploy or Ctrl-C.")
@click.pass_obj
def command(settings: Settings, /, form: str, watch: bool) -> None:
    """Show what is done, running and pending."""
    database, console, clock = find_location(settings).database, make_console(), SystemClock()
    with Interrupt() as interrupt:
        while True:
            found = status(database)
            if form == "json":
                click.echo(json.dumps(status_data(found), indent=2, ensure_ascii=False))
            else:
                if watch:
                    console.clear()
                show_status(found, console)
            if not watch or found.holder is None or interrupt():
                return
            clock.sleep(WATCH_S)
