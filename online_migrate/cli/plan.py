"""`online-migrate plan`."""

import click

from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.make_plan import Request, make_plan
from online_migrate.cli.options import inputs, make_policy, policy_options
from online_migrate.plan.serialise import to_json
from online_migrate.reports.progress import make_console
from online_migrate.reports.terminal import show_plan


@click.command("plan")
@inputs
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people, or as JSON.")
@policy_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    target: str | None,
    sql: tuple[str, ...],
    autogenerate: bool,
    form: str,
    **policy: object,
) -> None:
    """Show what the pending migrations would block, and how they run online.

    TARGET is Alembic's: heads (the default), head, a revision, +1. Nothing is changed.
    """
    request = Request(target=target, sql=sql, autogenerate=autogenerate)
    plan = make_plan(find_location(settings), request, make_policy(policy))
    if form == "json":
        click.echo(to_json(plan))
    else:
        show_plan(plan, make_console())
