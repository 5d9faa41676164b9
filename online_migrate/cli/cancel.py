"""`online-migrate cancel`."""

import click

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.steering import operator, tell
from online_migrate.execution import steering


@click.command("cancel")
@click.option("--reason", metavar="TEXT", help="Told by the deploy as it ends.")
@click.pass_obj
def command(settings: Settings, /, reason: str | None) -> None:
    """End a deploy that runs, after its batch or step, where it can be carried on.

    It ends with exit status 3. `online-migrate deploy` carries on with it, `online-migrate abort` undoes it.
    """
    given = steering.order(find_location(settings).database, "cancel", by=operator(), reason=reason)
    follow = "It ends after what runs now. `deploy` carries on with it, `abort` undoes it."
    tell(given, f"is {given.control.words}", follow=follow)
