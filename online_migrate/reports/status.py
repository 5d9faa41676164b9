"""Where the deploys of a database stand, for people, at 80 columns."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from online_migrate.backfilling.control import Control, throttled
from online_migrate.backfilling.progress import StepProgress
from online_migrate.execution.journal import DeployRecord
from online_migrate.execution.status import DeployStatus, Status, StepStatus
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural, seconds, size, span

_STATES = {"running": "unfinished", "aborting": "being undone", "gate": "at the gate"}
_STYLES = {"done": "green", "running": "yellow"}
_SIGNAL_WIDTH = 24


def route(record: DeployRecord) -> str:
    """Return "a1 -> b2" of a deploy's revisions, the names of its SQL files, or "models against database"."""
    plan = record.plan()
    if plan.scripts:
        return ", ".join(script.name for script in plan.scripts)
    if plan.version_table is None:
        return "models against database"
    return f"{', '.join(record.current) or 'base'} -> {', '.join(record.target) or 'base'}"


def when_due(record: DeployRecord) -> str:
    """Return when the contract phase of a deploy may run, as the beginning of a sentence."""
    return f"when the {'earlier' if record.plan().downgrade else 'new'} code runs everywhere"


def show_status(found: Status, console: Console) -> None:
    """Print who runs the database, and every deploy with its steps."""
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
    for words in _orders(deploy.control):
        print_row(console, "", Text(words[0].upper() + words[1:], style="yellow"), margin=0, width=0)
    held_total_s = deploy.record.plan().policy.pacing_total_s
    for phase in deploy.phases:
        if not phase.steps:
            continue
        done = phase.count("done")
        console.print(Text(f"{phase.name.value}  {done} of {plural(len(phase.steps), 'step')}", style="cyan"))
        for step in phase.steps:
            _show_step(step, console, held_total_s)
    paused = deploy.control is not None and deploy.control.desired == "pause"
    following = "Let it go on with `online-migrate resume`." if paused else _next(deploy.record)
    print_row(console, "Next", Text(following), margin=0, width=6)


def _next(record: DeployRecord) -> str:
    match record.state:
        case "running":
            return f"Carry on with `{record.plan().command}`, or undo it with `online-migrate abort`."
        case "aborting":
            return "Finish undoing it with `online-migrate abort`."
        case _:
            return f"{when_due(record).capitalize()}: `online-migrate deploy --phase contract`."


def _orders(control: Control | None) -> Iterator[str]:
    """Say what an operator has ordered and still holds."""
    if control is None:
        return
    if control.desired != "run":
        yield control.words
    if control.throttled:
        yield throttled(control.throttle_ratio, control.throttle_until)


def _show_step(step: StepStatus, console: Console, held_total_s: int) -> None:
    state = step.record.state
    print_row(console, Text(state, style=_STYLES.get(state, "dim")), Text(step.step.purpose), width=9)
    if state != "running":
        return
    if step.backfill is not None:
        for line in _backfill(step.backfill, held_total_s):
            print_row(console, "", line, width=9)
    if step.index is not None:
        share = f", {step.index.fraction:.0%}" if step.index.fraction is not None else ""
        print_row(console, "", Text(f"{step.index.phase}{share}"), width=9)
    for blocker in step.record.blockers[-1:]:
        application = f" ({blocker['application_name']})" if blocker["application_name"] else ""
        print_row(console, "", Text(f"waited for pid {blocker['pid']} {blocker['user']}{application}", "dim"), width=9)


def _backfill(found: StepProgress, held_total_s: int) -> Iterator[Text]:
    yield Text(_how_far(found))
    if found.rows_done:
        words = f"{found.rows_hot / found.rows_done:.0%} of rows changed in place, {size(found.wal_bytes)} of WAL"
        if found.blocks_total:
            words = f"{found.blocks_done:,} of {found.blocks_total:,} pages; {words}"
        yield Text(words)
    if found.workers:
        yield Text(f"{plural(len(found.workers), 'worker')}: {', '.join(found.workers)}")
    if found.is_ruled:
        limit = f" (leaves off if that lasts {seconds(held_total_s)})" if held_total_s else ""
        for words in filter(None, (found.held and f"held: {found.held}{limit}", found.slowed)):
            yield Text(words, style="yellow")
        yield from map(_signal, found.signals)


def _how_far(found: StepProgress) -> str:
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


def _signal(signal: dict[str, Any]) -> Text:
    value = "not known" if signal["value"] is None else f"{signal['value']:,.1f}".removesuffix(".0")
    text = Text(f"{signal['label']:<{_SIGNAL_WIDTH}} {value} of {signal['limit']:,g} {signal['unit']}".rstrip())
    text.stylize("yellow" if signal["holds"] else "dim")
    return text
