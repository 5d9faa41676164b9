"""`online-migrate pause`."""

import click

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.steering import operator, tell
from online_migrate.execution import steering


@click.command("pause")
@click.option("--reason", metavar="TEXT", help="Told to whoever watches the deploy.")
@click.pass_obj
def command(settings: Settings, /, reason: str | None) -> None:
    """Hold a deploy back before its next batch or step.

    It goes on waiting, with nothing locked, until `online-migrate resume`; also when it is started anew meanwhile.
    """
    given = steering.order(find_location(settings).database, "pause", by=operator(), reason=reason)
    tell(given, f"is {given.control.words}", follow="What runs now is finished first. Go on: `online-migrate resume`.")
