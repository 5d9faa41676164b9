"""The outcome of a check, for a person and as JSON."""

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from online_migrate.plan.baseline import identity
from online_migrate.plan.check import Check, Standing
from online_migrate.plan.model import PlannedOperation
from online_migrate.plan.override import Override
from online_migrate.reports.sql import readable
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural

_SQL_WIDTH = 64
STATIC = (
    "No database was asked: every table is taken for a large one, and what a statement does not say (types, indexes, "
    "constraints of tables that no revision made) is not known."
)


def show_check(check: Check, console: Console) -> None:
    """Print what fails, riskiest first, then what else there is to say, then the outcome in one line."""
    for planned in check.failing:
        _show(planned, console)
    for checked in check.operations:
        if checked.standing is Standing.ALLOWED:
            planned = checked.planned
            words = f"{planned.assessment.migration_type}{_on(planned)} ({_place(planned)}): {checked.reason}"
            _note(console, "allowed", words, "green")
    for override in check.allowed.expired:
        _note(console, "expired", f"{_described(override)} counted until {override.expires}.")
    for override in check.allowed.unused:
        _note(console, "unused", f"{_described(override)}: no operation needs it.")
    if check.gone:
        _note(console, "baseline", f"{check.gone} of its entries belong to nothing that is pending.", "dim")
    for finding in check.findings:
        _note(console, "note", finding)
    if check.static:
        _note(console, "static", STATIC)
    console.print(_outcome(check))


def to_json(check: Check) -> str:
    """Return the outcome as JSON text; its fields are documented in docs/checking.md."""
    data = {
        "format": 1,
        "failed": bool(check.failing),
        "fail_on": check.fail_on.value,
        "static": check.static,
        "operations": [_data(c.planned, c.standing, c.reason) for c in check.operations],
        "expired": [_override_data(o) for o in check.allowed.expired],
        "unused": [_override_data(o) for o in check.allowed.unused],
        "findings": list(check.findings),
        "baseline_entries_gone": check.gone,
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _data(planned: PlannedOperation, standing: Standing, reason: str | None) -> dict[str, Any]:
    operation, assessment = planned.operation, planned.assessment
    return {
        "identity": identity(planned),
        "standing": standing.value,
        "reason": reason,
        "id": operation.id,
        "revision": operation.revision,
        "source": {"file": operation.source.file, "line": operation.source.line} if operation.source else None,
        "operation": planned.kind,
        "table": str(planned.table) if planned.table else None,
        "sql": operation.sql,
        "migration_type": assessment.migration_type,
        "risk": assessment.risk.value,
        "compatibility": assessment.compatibility.value,
        "data_loss": assessment.data_loss,
        "why": assessment.why,
        "online": planned.online,
    }


def _override_data(override: Override) -> dict[str, Any]:
    return {
        "kind": override.kind,
        "reason": override.reason,
        "place": override.place,
        "expires": override.expires.isoformat() if override.expires else None,
    }


def _show(planned: PlannedOperation, console: Console) -> None:
    assessment = planned.assessment
    head = Text(assessment.risk.value.replace("_", " ").upper(), style="bold red")
    console.print(
        head.append(f"  {assessment.migration_type}", style="bold").append(_on(planned), style="not bold red")
    )
    print_row(console, "at", Text(_place(planned)))
    if planned.operation.sql:
        print_row(console, "sql", Text(readable(planned.operation.sql, width=_SQL_WIDTH)))
    print_row(console, "why", Text(assessment.why))
    online = "`online-migrate deploy` runs it online" if planned.online else "no online form yet: it runs as written"
    print_row(console, "online", Text(online))
    console.print()


def _note(console: Console, label: str, words: str, style: str = "yellow") -> None:
    print_row(console, Text(label, style=style), Text(words), margin=0, width=10)


def _on(planned: PlannedOperation) -> str:
    return f" on {planned.table}" if planned.table is not None else ""


def _place(planned: PlannedOperation) -> str:
    source = planned.operation.source
    return f"{source.file}:{source.line}" if source is not None else "models against database"


def _described(override: Override) -> str:
    return f"{override.place} allows {override.kind}"


def _outcome(check: Check) -> Text:
    failing, level = len(check.failing), check.fail_on.value.replace("_", " ")
    parts = [f"{plural(failing, 'operation')} of {len(check.operations)} at {level} risk or above"]
    parts += [f"{n} allowed" for n in [check.count(Standing.ALLOWED)] if n]
    parts += [f"{n} in the baseline" for n in [check.count(Standing.ACCEPTED)] if n]
    return Text.assemble(("Failed  ", "bold red") if failing else ("Passed  ", "bold green"), "; ".join(parts) + ".")
