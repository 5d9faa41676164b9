"""The plan for a person at a terminal: the riskiest operation first, readable at 80 columns."""

from collections.abc import Iterator

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.model import Phase, Plan, PlannedOperation
from online_migrate.plan.names import Lock
from online_migrate.plan.steps import Step
from online_migrate.reports.sql import readable
from online_migrate.reports.words import plural, span

_COLOURS = {Risk.MINIMAL: "green", Risk.MODERATE: "yellow", Risk.HIGH: "red", Risk.VERY_HIGH: "bold red"}
_BREAKS = {
    Compatibility.BREAKS_OLD_CODE: "breaks running (old) code",
    Compatibility.BREAKS_NEW_CODE: "breaks new code",
    Compatibility.BREAKS_BOTH: "breaks old and new code",
}
_REFUSED = "; deploy refuses it unless allowed (--allow-blocking)"
_LOCKS_SHOWN = 6
_LABEL = 10
_MARGIN = 2
_SQL_WIDTH = 64


def show_plan(plan: Plan, console: Console) -> None:
    """Print the whole report: a summary, every operation with its verdict and steps, and what comes of it."""
    # Written in one go: a plan of a thousand operations has ten thousand lines.
    with console:
        show_brief(plan, console, title="Plan")
        steps = _steps_by_operation(plan)
        for number, operation in enumerate(plan.operations, 1):
            console.print()
            console.print(Rule(_heading(number, operation), align="left", style="dim"))
            for label, body in _rows(operation, steps.get(operation.operation.id, ())):
                print_row(console, label, body)
        if plan.operations:
            console.print()
            console.print(Rule(style="dim"))
            console.print(_phases(plan))
        for finding in plan.findings:
            print_row(console, Text("note", style="yellow"), Text(finding), margin=0, width=8)


def show_brief(plan: Plan, console: Console, *, title: str = "Deploy") -> None:
    """Print what a plan is of, in two lines."""
    console.print(Text.assemble((f"{title} ", "bold"), _route(plan), f"  (PostgreSQL {plan.server_version})"))
    console.print(_summary(plan))
    if plan.calibrated is not None:
        console.print(Text(f"Estimates calibrated {plan.calibrated}.", style="dim"))


def show_sql(phases: tuple[Phase, ...], console: Console) -> None:
    """Print the statements of some phases as a script, with comments between."""
    for phase in phases:
        console.print(Text(f"-- {phase.name.value}", style="bold cyan"))
        for step in phase.steps:
            for line in Text(f"{step.purpose} ({step.kind} {step.id})").wrap(console, console.width - 3):
                console.print(Text("-- ", style="dim").append(line.plain, style="dim"))
            for statement in step.sql:
                console.print(Text(readable(statement) + ";"), soft_wrap=True)
        console.print()


def print_row(
    console: Console, label: Text | str, body: Text, *, margin: int = _MARGIN, width: int = _LABEL, indent: int = 0
) -> None:
    """Print a label and beside it a text, whose further lines stand under its first; no line ends in blanks."""
    before = margin + width + indent
    head = Text(" " * margin).append(label if isinstance(label, Text) else Text(label, style="dim"))
    head.pad_right(before - head.cell_len)
    for line in body.wrap(console, max(console.width - before, 20)):
        line.rstrip()
        console.print(Text.assemble(head, line), no_wrap=True, crop=False, overflow="ignore")
        head = Text(" " * before)


def _route(plan: Plan) -> str:
    if plan.scripts:
        return ", ".join(script.name for script in plan.scripts)
    if plan.version_table is None:
        return "models against database" if plan.operations else ", ".join(plan.current) or "base"
    return f"{', '.join(plan.current) or 'base'} -> {', '.join(plan.target) or 'base'}"


def _summary(plan: Plan) -> Text:
    if not plan.operations:
        return Text("No operation: only alembic_version moves." if plan.has_steps else "Nothing is pending.")
    text = Text(f"{plural(len(plan.operations), 'operation')}; risk if run naively: ")
    counted = [(risk, sum(o.assessment.risk is risk for o in plan.operations)) for risk in reversed(Risk)]
    parts = [(f"{count} {risk.value.replace('_', ' ')}", _COLOURS[risk]) for risk, count in counted if count]
    for at, part in enumerate(parts):
        text.append(", " if at else "").append(*part)
    return text


def _heading(number: int, planned: PlannedOperation) -> Text:
    risk = planned.assessment.risk
    head = Text(f"{number}. ")
    head.append(f"{risk.value.replace('_', ' ').upper()}", style=_COLOURS[risk])
    head.append("  ").append(planned.assessment.migration_type, style="bold")
    if planned.table is not None:
        head.append(f" on {planned.table}")
    return head


def _rows(planned: PlannedOperation, steps: tuple[tuple[str, Step], ...]) -> Iterator[tuple[Text | str, Text]]:
    assessment, operation = planned.assessment, planned.operation
    as_written = planned.strategy == "as_written"
    if operation.source is not None:
        directive = f"  op.{operation.directive}" if operation.directive else ""
        yield "at", Text(f"{operation.source.file}:{operation.source.line}{directive}")
    if operation.sql and not as_written:
        yield "naive", Text(readable(operation.sql, width=_SQL_WIDTH))
    if assessment.locks or not assessment.opaque:
        yield "locks", _locks(assessment.locks)
    yield "lasts", Text(_duration(assessment))
    if (waiting := assessment.waiting_statements) is not None and waiting[1] > 0:
        yield "waits", Text(f"{waiting[0]:,} to {waiting[1]:,} statements of the application, at the average rate")
    yield "why", Text(assessment.why)
    harm = [_BREAKS[assessment.compatibility]] if assessment.compatibility in _BREAKS else []
    harm += ["loses data"] if assessment.data_loss else []
    if harm:
        yield "harm", Text("; ".join(harm), style="yellow")
    yield "strategy", _strategy(planned)
    if planned.batches_s is not None and planned.batches_s[1] >= 1:
        yield "batches", Text(f"{span(*planned.batches_s)} beside the application")
    # Of a revision that is Python, `why` says the same.
    for note in planned.notes if operation.uncaptured is None else ():
        yield "note", Text(note)
    yield from _step_rows(steps)


def _duration(assessment: Assessment) -> str:
    if assessment.opaque:
        return "not known before it runs"
    words = span(*assessment.estimate_s)
    if assessment.rewrites:
        return f"{words}, rewriting the table"
    return f"{words}, reading rows in bulk" if assessment.scans else words


def _locks(locks: tuple[Lock, ...]) -> Text:
    if not locks:
        return Text("none")
    shown = [f"{k.mode.value} on {k.relation} (blocks {k.mode.blocks})" for k in locks[:_LOCKS_SHOWN]]
    if len(locks) > _LOCKS_SHOWN:
        shown.append(f"and {len(locks) - _LOCKS_SHOWN} more")
    return Text("\n".join(shown))


def _strategy(planned: PlannedOperation) -> Text:
    if planned.strategy == "as_written":
        if planned.online:
            return Text("as written, under the lock policy")
        return Text("none: as written, it is not online" + (_REFUSED if planned.blocking else ""), style="yellow")
    name = planned.strategy.replace("_", " ")
    if planned.blocking:
        return Text(f"{name}, as written{_REFUSED}", style="yellow")
    return Text(name if planned.online else f"{name}, not fully online", style="green" if planned.online else "yellow")


def _step_rows(steps: tuple[tuple[str, Step], ...]) -> Iterator[tuple[Text | str, Text]]:
    shown = None
    for phase, step in steps:
        yield Text(phase if phase != shown else "", style="cyan"), Text(step.purpose)
        shown = phase
        for statement in step.sql:
            yield "", Text(_indented(readable(statement, width=_SQL_WIDTH) + ";"), style="dim")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _steps_by_operation(plan: Plan) -> dict[str, tuple[tuple[str, Step], ...]]:
    found: dict[str, tuple[tuple[str, Step], ...]] = {}
    for phase in plan.phases:
        for step in phase.steps:
            if step.operation is not None:
                found[step.operation] = (*found.get(step.operation, ()), (phase.name.value, step))
    return found


def _phases(plan: Plan) -> Text:
    text = Text("Phases  ", style="bold")
    text.append(", ".join(_phase_words(p) for p in plan.phases), style="not bold")
    return text


def _phase_words(phase: Phase) -> str:
    return f"{phase.name.value} {plural(len(phase.steps), 'step')}"
