"""`online-migrate doctor`."""

import sys
import textwrap
from pathlib import Path

import click

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.execution import schema, server
from online_migrate.execution.calibration.measure import measure
from online_migrate.execution.calibration.store import store
from online_migrate.execution.doctor.examine import examine
from online_migrate.execution.doctor.model import Health
from online_migrate.plan.serialise import from_json
from online_migrate.reports.calibration import rates_to_json, show_rates
from online_migrate.reports.doctor import show_diagnoses, to_json
from online_migrate.reports.progress import make_console

CONFIRM = (
    "This works the server for up to a minute: it fills, changes and indexes tables of some 15 MB in schema "
    "online_migrate, in one transaction that is rolled back, and writes some 250 MB of WAL. The tables of the "
    "application are not touched. Go on?"
)
FOUND_A_PROBLEM = 1
"""The exit status where a deploy would be refused or could do harm."""


@click.command("doctor")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people, or as JSON (docs/doctor.md).",
)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A plan as JSON: look at the rights on its tables too.",
)
@click.option("--calibrate", "measured", is_flag=True, help="Measure the server once, for closer estimates.")
@click.option("--yes", is_flag=True, help="Calibrate without asking.")
@click.pass_obj
def command(settings: Settings, /, form: str, plan_file: Path | None, measured: bool, yes: bool) -> None:
    """Say whether a database is fit for a deploy, and what to do where it is not.

    Ends with status 1 where there is a problem. Nothing is changed, but with --calibrate, which works the server for
    up to a minute on tables of its own and keeps the figures in schema online_migrate.
    """
    database = find_location(settings).database
    if measured:
        _calibrate(database, form, yes=yes)
        return
    plan = from_json(plan_file.read_text(encoding="utf-8")) if plan_file is not None else None
    found = examine(database, plan)
    if form == "json":
        click.echo(to_json(found))
    else:
        show_diagnoses(found, make_console())
    if any(d.health is Health.PROBLEM for d in found):
        sys.exit(FOUND_A_PROBLEM)


def _calibrate(database: Database, form: str, *, yes: bool) -> None:
    if not yes and not click.confirm(textwrap.fill(CONFIRM, width=70), err=True):
        click.echo("Nothing was measured.", err=True)
        return
    with database.connect("calibrate") as connection:
        server.admit(connection)
        schema.install(connection)
        found = measure(connection, SystemClock())
        store(connection, found)
    if form == "json":
        click.echo(rates_to_json(found))
    else:
        show_rates(found, make_console())
