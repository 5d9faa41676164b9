"""The plan for a person at a terminal: the riskiest operation first, readable at 80 columns."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from online_migrate.plan.assessment import Compatibility, Risk
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
_LOCKS_SHOWN = 6


def show_plan(plan: Plan, console: Console) -> None:
    """Print the whole report: a summary, every operation with its verdict and steps, and what comes of it."""
    console.print(Text.assemble(("Plan ", "bold"), _route(plan), f"  (PostgreSQL {plan.server_version})"))
    if not plan.operations:
        console.print("Nothing to do: no operation is pending.")
        return
    console.print(_summary(plan))
    steps = _steps_by_operation(plan)
    ranked = sorted(plan.operations, key=lambda o: -o.assessment.risk.severity)
    for number, operation in enumerate(ranked, 1):
        console.print()
        console.print(Rule(style="dim"))
        console.print(_heading(number, operation))
        console.print(Padding(_body(operation, steps.get(operation.operation.id, ())), (0, 0, 0, 4)))
    console.print()
    console.print(Rule(style="dim"))
    for finding in plan.findings:
        console.print(Text.assemble(("! ", "yellow"), finding))
    console.print(_phases(plan))


def _route(plan: Plan) -> str:
    if plan.scripts:
        return ", ".join(script.name for script in plan.scripts)
    if plan.version_table is None:
        return "models against database"
    return f"{', '.join(plan.current) or 'base'} -> {', '.join(plan.target) or 'base'}"


def _summary(plan: Plan) -> Text:
    text = Text(f"{plural(len(plan.operations), 'operation')}: ")
    counted = [(risk, sum(o.assessment.risk is risk for o in plan.operations)) for risk in reversed(Risk)]
    parts = [(f"{count} {risk.value.replace('_', ' ')}", _COLOURS[risk]) for risk, count in counted if count]
    for at, part in enumerate(parts):
        text.append(", " if at else "").append(*part)
    return text.append(" (if run as they are)")


def _heading(number: int, planned: PlannedOperation) -> Text:
    risk = planned.assessment.risk
    head = Text(f"{number:>2}. ")
    head.append(f"{risk.value.replace('_', ' ').upper()}", style=_COLOURS[risk])
    head.append("  ").append(planned.assessment.migration_type, style="bold")
    if planned.table is not None:
        head.append(f" on {planned.table}")
    return head


def _body(planned: PlannedOperation, steps: tuple[tuple[str, Step], ...]) -> RenderableType:
    assessment, operation = planned.assessment, planned.operation
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    if operation.source is not None:
        directive = f"  op.{operation.directive}" if operation.directive else ""
        facts.add_row("at", f"{operation.source.file}:{operation.source.line}{directive}")
    facts.add_row("naive", Text(readable(operation.sql, width=64)) if operation.sql else "Python")
    facts.add_row("locks", _locks(assessment.locks))
    facts.add_row("for", span(*assessment.estimate_s) + _extent(planned))
    facts.add_row("why", Text(assessment.why))
    harm = [_BREAKS[assessment.compatibility]] if assessment.compatibility in _BREAKS else []
    harm += ["loses data"] if assessment.data_loss else []
    if harm:
        facts.add_row("harm", Text("; ".join(harm), style="yellow"))
    facts.add_row("online", _strategy(planned))
    for note in planned.notes:
        facts.add_row("note", Text(note))
    return Group(facts, *_step_lines(steps))


def _extent(planned: PlannedOperation) -> str:
    done = [
        word
        for word, said in (
            ("rewrites the table", planned.assessment.rewrites),
            ("reads its rows in bulk", planned.assessment.scans and not planned.assessment.rewrites),
        )
        if said
    ]
    return f" ({', '.join(done)})" if done else ""


def _locks(locks: tuple[Lock, ...]) -> Text:
    if not locks:
        return Text("none")
    shown = [f"{k.mode.value} on {k.relation} (blocks {k.mode.blocks})" for k in locks[:_LOCKS_SHOWN]]
    if len(locks) > _LOCKS_SHOWN:
        shown.append(f"and {len(locks) - _LOCKS_SHOWN} more")
    return Text("\n".join(shown))


def _strategy(planned: PlannedOperation) -> Text:
    if planned.strategy == "as_written":
        words = "as written, under the lock policy" if planned.online else "not yet: run as written"
        return Text(words, style="" if planned.online else "yellow")
    name = planned.strategy.replace("_", " ")
    return Text(name if planned.online else f"{name}, not yet fully online", style="green")


def _step_lines(steps: tuple[tuple[str, Step], ...]) -> Iterator[RenderableType]:
    shown = None
    for phase, step in steps:
        label = phase if phase != shown else ""
        shown = phase
        line = Table.grid(padding=(0, 1))
        line.add_column(width=9, style="cyan")
        line.add_column(overflow="fold")
        line.add_row(label, Text(step.purpose))
        for statement in step.sql:
            line.add_row("", Text(readable(statement, width=62) + ";", style="dim"))
        yield line


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


def show_brief(plan: Plan, console: Console) -> None:
    """Print what is about to be run, in a few lines."""
    console.print(Text.assemble(("Deploy ", "bold"), _route(plan), f"  (PostgreSQL {plan.server_version})"))
    console.print(_summary(plan))
    for finding in plan.findings:
        console.print(Text.assemble(("! ", "yellow"), finding))


def show_sql(phases: tuple[Phase, ...], console: Console) -> None:
    """Print the exact statements of some phases, as a script with comments between."""
    for phase in phases:
        console.print(Text(f"-- {phase.name.value}", style="bold cyan"), soft_wrap=True)
        for step in phase.steps:
            console.print(Text(f"-- {step.id} ({step.kind}): {step.purpose}", style="dim"), soft_wrap=True)
            for statement in step.sql:
                console.print(Text(readable(statement) + ";"), soft_wrap=True)
        console.print()
