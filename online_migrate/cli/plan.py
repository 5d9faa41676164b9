"""`online-migrate plan`."""

import shlex

import click

from online_migrate.cli.allowing import allowed_in, show_allowed
from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.make_plan import Request, make_plan
from online_migrate.cli.notices import STAMPS_NOTHING, note, show_under_way, under_way
from online_migrate.cli.options import inputs, make_policy, policy_options
from online_migrate.cli.running import Runner
from online_migrate.errors import ContractPending
from online_migrate.plan.serialise import to_json
from online_migrate.reports.progress import make_console
from online_migrate.reports.refusals import blocking_not_allowed
from online_migrate.reports.terminal import show_plan


@click.command("plan")
@inputs
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people, or as JSON.")
@policy_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    words: tuple[str, ...],
    sql: tuple[str, ...],
    autogenerate: bool,
    downgrade: str | None,
    form: str,
    **policy: object,
) -> None:
    """Show what the pending migrations would block, and how they run online.

    TARGET is Alembic's: heads (the default), head, a revision, +1. Nothing is changed.
    """
    request = Request.of(words, sql, autogenerate=autogenerate, downgrade=downgrade)
    chosen = make_policy(policy)
    location = find_location(settings)
    plan = make_plan(location, request, chosen)
    if form == "json":
        click.echo(to_json(plan))
        return
    console = make_console()
    show_under_way(under_way(location.database), console)
    show_plan(plan, console)
    allowed = allowed_in(plan)
    show_allowed(allowed, console)
    if plan.operations and autogenerate:
        note(console, STAMPS_NOTHING)
    if not plan.has_steps:
        return
    try:
        Runner(location, chosen, {}, console).refuse_turning_round(plan)
    except ContractPending as error:
        note(console, f"Deploy refuses this plan. {error.message} {error.hint}")
        return
    if blocking_not_allowed(plan, allowed):
        note(console, "As it stands, deploy refuses this plan.")
    else:
        console.print(f"Next    [bold]{_deploy(request)}[/]", soft_wrap=True)


def _deploy(request: Request) -> str:
    """Return the command that carries the plan out."""
    words = ["online-migrate", "deploy", *(f"--sql {shlex.quote(file)}" for file in request.sql)]
    words += ["--autogenerate"] if request.autogenerate else []
    words += [f"--downgrade {shlex.quote(request.downgrade)}"] if request.downgrade else []
    return " ".join([*words, *([shlex.quote(request.target)] if request.target else [])])
