"""`online-migrate check`."""

import sys
from pathlib import Path

import click

from online_migrate.cli.allowing import allowed_in
from online_migrate.cli.main import Settings
from online_migrate.cli.make_plan import Request
from online_migrate.cli.options import inputs, make_policy, policy_options
from online_migrate.errors import UsageError
from online_migrate.plan import baseline as baselines
from online_migrate.plan.assessment import Risk
from online_migrate.plan.check import check
from online_migrate.plan.model import Plan
from online_migrate.policy import Policy
from online_migrate.reports.check import show_check, to_json
from online_migrate.reports.progress import make_console

FAILED = 1
"""The exit status where something is too risky."""


@click.command("check")
@inputs
@click.option(
    "--fail-on",
    type=click.Choice([risk.value for risk in Risk]),
    default=Risk.HIGH.value,
    help="The least risk that fails the check (default: high).",
)
@click.option("--baseline", metavar="FILE", help="What was accepted before does not fail the check.")
@click.option("--write-baseline", is_flag=True, help="Accept all that fails now: write it to the --baseline file.")
@click.option("--offline", is_flag=True, help="Ask no database: every table is assumed to be large.")
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
    fail_on: str,
    baseline: str | None,
    write_baseline: bool,
    offline: bool,
    form: str,
    **policy: object,
) -> None:
    """Fail where a pending migration is too risky: a gate for CI.

    Ends with status 1 where an operation is at --fail-on or above, is not allowed by an override
    and is not in the baseline; else with 0. Nothing is changed.
    """
    if write_baseline and baseline is None:
        raise UsageError("--write-baseline writes to a file, and none is named.", hint="Add --baseline FILE.")
    request = Request.of(words, sql, autogenerate=autogenerate, downgrade=downgrade)
    plans = _plans(settings, request, make_policy(policy), offline=offline)
    accepted = {} if baseline is None or write_baseline else _read(Path(baseline))
    result = check(plans, fail_on=Risk(fail_on), allowed=allowed_in(*plans), baseline=accepted, static=offline)
    if write_baseline and baseline is not None:
        Path(baseline).write_text(baselines.to_text(result.failing), encoding="utf-8")
        click.echo(f"{len(result.failing)} accepted in {baseline}.")
        return
    if form == "json":
        click.echo(to_json(result))
    else:
        show_check(result, make_console())
    if result.failing:
        sys.exit(FAILED)


def _plans(settings: Settings, request: Request, policy: Policy, *, offline: bool) -> tuple[Plan, ...]:
    if offline:
        from online_migrate.cli.offline import plan_offline  # noqa: PLC0415 - only one of the two is needed

        return plan_offline(settings, request, policy)
    from online_migrate.cli.location import find_location  # noqa: PLC0415 - as above
    from online_migrate.cli.make_plan import make_plan  # noqa: PLC0415 - as above

    return (make_plan(find_location(settings), request, policy),)


def _read(file: Path) -> dict[str, Risk]:
    if not file.is_file():
        raise UsageError(f"There is no baseline {file}.", hint="Write it first: add --write-baseline.")
    return dict(baselines.from_text(file.read_text(encoding="utf-8"), str(file)))
