"""`online-migrate resume`."""

import click

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.steering import operator, tell
from online_migrate.execution import steering


@click.command("resume")
@click.pass_obj
def command(settings: Settings, /) -> None:
    """Let a paused deploy go on."""
    given = steering.order(find_location(settings).database, "run", by=operator())
    tell(given, f"is {given.control.words}", follow="It goes on within a second.")
