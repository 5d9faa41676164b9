"""`online-migrate status`."""

import json
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from online_migrate.backfilling.progress import StepProgress
from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.notices import route
from online_migrate.execution.journal import DeployRecord
from online_migrate.execution.status import DeployStatus, Status, StepStatus, status
from online_migrate.reports.progress import make_console
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural, span

_NEXT = {
    "running": "Carry on with `online-migrate deploy`, or undo it with `online-migrate abort`.",
    "aborting": "Finish undoing it with `online-migrate abort`.",
    "gate": "When its new code runs everywhere: `online-migrate deploy --phase contract`.",
}
_STATES = {"running": "unfinished", "aborting": "being undone", "gate": "at the gate"}
_STYLES = {"done": "green", "running": "yellow"}


@click.command("status")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people, or as JSON (docs/status-format.md).",
)
@click.pass_obj
def command(settings: Settings, /, form: str) -> None:
    """Show what is done, running and pending."""
    found = status(find_location(settings).database)
    if form == "json":
        click.echo(json.dumps(_data(found), indent=2, ensure_ascii=False))
    else:
        _show(found, make_console())


def _show(found: Status, console: Console) -> None:
    if found.holder is not None:
        console.print(Text(f"Running now: {found.holder}"))
    for deploy in found.deploys:
        _show_deploy(deploy, console)
    if not found.deploys:
        console.print("Nothing is under way.")
        if found.last is not None:
            console.print(Text(f"Last: {_title(found.last)}."))


def _title(record: DeployRecord) -> str:
    since = f", begun {record.started_at:%Y-%m-%d %H:%M:%S %Z}"
    when = f", {record.finished_at:%Y-%m-%d %H:%M:%S %Z}" if record.finished_at else since
    return f"deploy {record.id}, {route(record)}, {_STATES.get(record.state, record.state)}{when}"


def _show_deploy(deploy: DeployStatus, console: Console) -> None:
    print_row(console, "", Text(_title(deploy.record).replace("deploy", "Deploy", 1), style="bold"), margin=0, width=0)
    for phase in deploy.phases:
        if not phase.steps:
            continue
        done = phase.count("done")
        console.print(Text(f"{phase.name.value}  {done} of {plural(len(phase.steps), 'step')}", style="cyan"))
        for step in phase.steps:
            _show_step(step, console)
    print_row(console, "Next", Text(_NEXT.get(deploy.record.state, "")), margin=0, width=6)


def _show_step(step: StepStatus, console: Console) -> None:
    state = step.record.state
    print_row(console, Text(state, style=_STYLES.get(state, "dim")), Text(step.step.purpose), width=9)
    if state != "running":
        return
    if step.backfill is not None:
        print_row(console, "", Text(_backfill(step.backfill)), width=9)
    for blocker in step.record.blockers[-1:]:
        application = f" ({blocker['application_name']})" if blocker["application_name"] else ""
        print_row(console, "", Text(f"waited for pid {blocker['pid']} {blocker['user']}{application}", "dim"), width=9)


def _backfill(found: StepProgress) -> str:
    words = f"{found.fraction:.0%}"
    if found.rows_done:
        words += f", {found.rows_done:,} rows"
    if found.rows_per_s is not None:
        words += f", {found.rows_per_s:,.0f}/s"
    if found.state not in ("running", "verifying", "undoing"):
        return f"{words}, {found.state}"
    if found.left_s is not None:
        words += f", {span(*found.left_s)} left"
    return words + (f" ({found.reason})" if found.reason else "")


def _data(found: Status) -> dict[str, Any]:
    return {
        "format": 1,
        "holder": str(found.holder) if found.holder else None,
        "deploys": [
            {
                **_record_data(deploy.record),
                "phases": [
                    {"name": phase.name.value, "steps": [_step_data(step) for step in phase.steps]}
                    for phase in deploy.phases
                ],
            }
            for deploy in found.deploys
        ],
        "last": _record_data(found.last) if found.last else None,
    }


def _record_data(record: DeployRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state,
        "phase": record.phase,
        "current": list(record.current),
        "target": list(record.target),
        "started_at": record.started_at.isoformat(),
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "plan_hash": record.plan_hash,
    }


def _step_data(step: StepStatus) -> dict[str, Any]:
    backfill = step.backfill
    return {
        "id": step.step.id,
        "kind": step.step.kind,
        "purpose": step.step.purpose,
        "state": step.record.state,
        "attempts": step.record.attempts,
        "waited_ms": step.record.waited_ms,
        "held_ms": step.record.held_ms,
        "blockers": list(step.record.blockers),
        "ended": [
            {
                "pid": session.pid,
                "user": session.user,
                "application_name": session.application_name,
                "state": session.state,
                "age_s": session.age_s,
                "query": session.query,
                "at": session.at.isoformat(),
            }
            for session in step.ended
        ],
        "backfill": {
            "state": backfill.state,
            "reason": backfill.reason,
            "rows_done": backfill.rows_done,
            "rows_total": backfill.rows_total,
            "fraction": backfill.fraction,
            "rows_per_s": backfill.rows_per_s,
        }
        if backfill is not None
        else None,
    }
