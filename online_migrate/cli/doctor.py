"""`online-migrate doctor`."""

import sys
from pathlib import Path

import click

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.execution.doctor.examine import examine
from online_migrate.execution.doctor.model import Health
from online_migrate.plan.serialise import from_json
from online_migrate.reports.doctor import show_diagnoses, to_json
from online_migrate.reports.progress import make_console

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
@click.pass_obj
def command(settings: Settings, /, form: str, plan_file: Path | None) -> None:
    """Say whether a database is fit for a deploy, and what to do where it is not.

    Ends with status 1 where there is a problem. Nothing is changed.
    """
    plan = from_json(plan_file.read_text(encoding="utf-8")) if plan_file is not None else None
    found = examine(find_location(settings).database, plan)
    if form == "json":
        click.echo(to_json(found))
    else:
        show_diagnoses(found, make_console())
    if any(d.health is Health.PROBLEM for d in found):
        sys.exit(FOUND_A_PROBLEM)
