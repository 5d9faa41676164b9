"""`online-migrate deploy`."""

import sys
from pathlib import Path

import click
from rich.console import Console

from online_migrate.backfilling.bad_rows import skipped
from online_migrate.cli.allowing import allowed_in
from online_migrate.cli.edited import refuse_edited
from online_migrate.cli.location import Location, find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.make_plan import Request, make_plan
from online_migrate.cli.notices import STAMPS_NOTHING, note, show_under_way, under_way
from online_migrate.cli.observing import Log, log_options
from online_migrate.cli.options import inputs, limits_given, make_policy, policy_options
from online_migrate.cli.running import Runner
from online_migrate.cli.sessions import session_options, termination
from online_migrate.errors import DeployUnfinished, UsageError
from online_migrate.execution import journal, recycling
from online_migrate.execution.journal import DeployRecord
from online_migrate.execution.runner import Outcome
from online_migrate.plan.model import Phase, PhaseName, Plan
from online_migrate.plan.serialise import from_json
from online_migrate.plan.steps import Gate
from online_migrate.policy import Policy
from online_migrate.reports.event_log import LogFormat
from online_migrate.reports.progress import make_console
from online_migrate.reports.refusals import refuse_blocking, refuse_impossible
from online_migrate.reports.status import route
from online_migrate.reports.terminal import show_brief, show_sql
from online_migrate.reports.words import plural, seconds

BEFORE_GATE = (PhaseName.EXPAND, PhaseName.MIGRATE)
_PHASES = {
    None: BEFORE_GATE,
    "expand": (PhaseName.EXPAND,),
    "migrate": BEFORE_GATE,
    "contract": (PhaseName.CONTRACT,),
    "all": tuple(PhaseName),
}


class ConfirmationNeeded(UsageError):
    """`--phase all` goes through the gate, and nobody is there to say that the new code is everywhere."""


@click.command("deploy")
@inputs
@click.option(
    "--phase",
    type=click.Choice([name for name in _PHASES if name]),
    help="Default: expand and migrate, then stop at the gate.",
)
@click.option("--plan", "plan_file", metavar="FILE", help="Run exactly this plan (of `plan --format json`).")
@click.option("--dry-run", is_flag=True, help="Print the SQL and change nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing: with --phase all, only new code runs already.")
@click.option("--as-planned", is_flag=True, help="Carry on an unfinished deploy though its revisions were edited.")
@click.option("--wait", is_flag=True, help="Wait for another deploy that is running, instead of refusing.")
@session_options
@log_options
@policy_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    words: tuple[str, ...],
    sql: tuple[str, ...],
    autogenerate: bool,
    downgrade: str | None,
    phase: str | None,
    plan_file: str | None,
    dry_run: bool,
    yes: bool,
    as_planned: bool,
    wait: bool,
    terminate_blockers: int | None,
    terminate_active: bool,
    recycle_connections: str | None,
    log_format: LogFormat | None,
    log_file: str | None,
    **policy: object,
) -> None:
    """Run the pending migrations online, in phases.

    Runs expand and migrate, moves alembic_version, and stops at the gate: deploy your code there, then run
    `deploy --phase contract`. Killed at any point, the same command carries on. With --downgrade the revisions
    are taken back in the same way.
    """
    request = Request.of(words, sql, autogenerate=autogenerate, downgrade=downgrade)
    _check_plan_file(plan_file, request, phase)
    asks = phase == "all" and not yes and not dry_run
    if asks and not sys.stdin.isatty():
        raise ConfirmationNeeded(
            "--phase all removes what old code uses, and nobody can be asked here.",
            hint="Add --yes if only new code runs, or run `deploy` and later `deploy --phase contract`.",
        )
    console, phases = make_console(), _PHASES[phase]
    chosen = make_policy(policy)
    location = find_location(settings)
    if dry_run:
        records = _to_carry_on(location, request, phase, as_planned=as_planned or plan_file is not None)
        show_sql(_would_run(location, records, request, plan_file, chosen, phase), console)
        return
    runner = Runner(
        location,
        chosen,
        limits_given(policy),
        console,
        wait=wait,
        termination=termination(terminate_blockers, active=terminate_active),
        recycle=recycle_connections,
        log=Log.of(log_format, log_file),
    )
    records = () if plan_file else _to_carry_on(location, request, phase, as_planned=as_planned)
    outcome = _carry_on(runner, records, phase, asks=asks) if records else None
    if phase != "contract" and (outcome is None or (outcome.state == "done" and downgrade is None)):
        plan = _plan(location, request, plan_file, chosen)
        if plan.has_steps:
            runner.refuse_turning_round(plan)
            refuse_impossible(plan)
            if not chosen.allow_blocking:
                refuse_blocking(plan, allowed_in(plan))
            _introduce(plan, console, autogenerate=autogenerate)
            _announce_recycling(plan, recycle_connections, console)
            outcome = _through_the_gate(runner, plan, phases) if asks else runner.run(plan, phases)
    _conclude(runner, outcome, request, phase)


def _check_plan_file(plan_file: str | None, request: Request, phase: str | None) -> None:
    if plan_file is not None and request != Request():
        raise UsageError(
            "--plan says what to run, and so does a target, --downgrade, --sql or --autogenerate.",
            hint="Give one of them.",
        )
    if plan_file is not None and phase == "contract":
        raise UsageError(
            "--phase contract finishes the deploys that wait at the gate, from the plans in the journal.",
            hint="Run `online-migrate deploy --phase contract` without --plan.",
        )


def _introduce(plan: Plan, console: Console, *, autogenerate: bool) -> None:
    show_brief(plan, console)
    for finding in plan.findings:
        note(console, finding)
    if autogenerate:
        note(console, STAMPS_NOTHING)


def _announce_recycling(plan: Plan, pattern: str | None, console: Console) -> None:
    breaking = [step.purpose for phase in plan.phases for step in phase.steps if recycling.breaks(step)]
    if pattern is not None and breaking:
        note(
            console,
            f"Prepared statements of open sessions may fail after: {'; '.join(breaking)}. Idle sessions whose "
            f"application_name is like {pattern} are ended then, and connect anew.",
        )


def _plan(location: Location, request: Request, plan_file: str | None, policy: Policy) -> Plan:
    if plan_file is None:
        return make_plan(location, request, policy)
    try:
        text = sys.stdin.read() if plan_file == "-" else Path(plan_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(f"The plan {plan_file} cannot be read: {why}.", hint="Check the path.") from None
    return from_json(text)


def _carry_on(runner: Runner, records: tuple[DeployRecord, ...], phase: str | None, *, asks: bool) -> Outcome:
    """Carry on what the journal has for this phase."""
    for record in records:
        if record.state != "gate":
            runner.console.print(f"Carrying on deploy {record.id} ({route(record)}), where it stopped.")
    phases = _PHASES[phase]
    return _through_the_gate(runner, None, phases) if asks else runner.run(None, phases)


def _to_carry_on(
    location: Location, request: Request, phase: str | None, *, as_planned: bool
) -> tuple[DeployRecord, ...]:
    """Return the deploys that come before anything new: the unfinished one, or those whose contract is due.

    Raises:
        DeployUnfinished: the unfinished one goes up and down is asked for, or the other way round.
        RevisionsEdited: what the unfinished one was planned from says something else by now.
    """
    down = request.downgrade is not None
    with location.database.connect("journal") as connection:
        record = journal.unfinished(connection)
        waiting = journal.awaiting_contract(connection) if PhaseName.CONTRACT in _PHASES[phase] else ()
    if record is not None and record.state == "running" and phase != "contract" and record.plan().downgrade is not down:
        raise DeployUnfinished(
            f"Deploy {record.id} ({route(record)}) is unfinished, and it goes the other way.",
            hint=f"Finish it with `{record.plan().command}`, or undo it with `online-migrate abort`.",
        )
    if record is not None:
        if record.state == "running" and record.phase != PhaseName.CONTRACT and not as_planned:
            refuse_edited(location, record, request)
        return (record,)
    return tuple(w for w in waiting if phase == "contract" or w.plan().downgrade is down)


def _through_the_gate(runner: Runner, plan: Plan | None, phases: tuple[PhaseName, ...]) -> Outcome:
    """Run up to the gate, ask, and go on."""
    outcome = runner.run(plan, BEFORE_GATE)
    if outcome.state == "gate" and click.confirm("Is the new code deployed everywhere, and the old code gone?"):
        return runner.run(None, phases)
    return outcome


def _would_run(
    location: Location,
    records: tuple[DeployRecord, ...],
    request: Request,
    plan_file: str | None,
    policy: Policy,
    phase: str | None,
) -> tuple[Phase, ...]:
    """The phases that would run, of what the journal carries on or of a plan made now, without the steps done."""
    with location.database.connect("journal") as connection:
        pending = {r.step_id for one in records for r in journal.steps(connection, one.id) if r.state != "done"}
    plans = [one.plan() for one in records]
    if not plans:
        plans = [_plan(location, request, plan_file, policy)]
        pending = {step.id for phase in plans[0].phases for step in phase.steps}
    return tuple(
        Phase(name=name, steps=tuple(step for plan in plans for step in plan.phase(name).steps if step.id in pending))
        for name in _PHASES[phase]
    )


def _conclude(runner: Runner, outcome: Outcome | None, request: Request, phase: str | None) -> None:
    """Say where the deploy stands and what to do next."""
    console = runner.console
    if outcome is None or outcome.deploy_id is None:
        there = "the database is up to date" if request.downgrade is None else "the database is there already"
        console.print("Nothing waits for contract." if phase == "contract" else f"Nothing to do: {there}.")
        if phase != "contract":
            show_under_way(under_way(runner.location.database), console)
        return
    _name_skipped_rows(runner, outcome.deploy_id)
    console.print()
    for session in outcome.ended:
        application = f" ({session.application_name})" if session.application_name else ""
        note(
            console,
            f"Ended pid {session.pid} {session.user}{application}, {session.state} for {seconds(session.age_s)}, "
            f"which had run: {' '.join(session.query.split())}",
        )
    left = plural(sum(not isinstance(step, Gate) for step in outcome.pending), "step")
    assert outcome.plan is not None  # there is a deploy
    new, old = ("earlier", "later") if outcome.plan.downgrade else ("new", "old")
    if outcome.state == "gate":
        console.print(f"[bold green]At the gate.[/] The schema is what the {new} code needs; the {old} still works.")
        console.print(f"{left} left, to remove what only the {old} code needs.")
        console.print(f"Deploy the {new} code everywhere. Then run: [bold]online-migrate deploy --phase contract[/]")
    elif outcome.pending:
        console.print(f"{left} left. Next: [bold]{outcome.plan.command}[/]")
    else:
        console.print(f"[bold green]Done[/] in {seconds(outcome.seconds)}.")


def _name_skipped_rows(runner: Runner, deploy_id: int) -> None:
    with runner.location.database.connect("journal") as connection:
        rows = skipped(connection, deploy_id)
    for row in rows:
        key = ", ".join(f"{column} = {value}" for column, value in row.key.items())
        note(runner.console, f"Left as it was: the row of {row.relation} with {key}. {row.message} ({row.sqlstate}).")
