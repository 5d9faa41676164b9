"""What the doctor found, for a person and as JSON."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from online_migrate.execution.doctor.model import Diagnosis, Health
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural

_STYLES = {Health.OK: "green", Health.WARNING: "yellow", Health.PROBLEM: "bold red"}
_HEALTH_WIDTH = 9
_SUBJECT_WIDTH = 23


def show_diagnoses(found: Sequence[Diagnosis], console: Console) -> None:
    """Print the worst first, each with what to do about it, and how many there are of each kind."""
    for diagnosis in sorted(found, key=lambda d: -d.health.severity):
        label = Text(diagnosis.health.value, style=_STYLES[diagnosis.health])
        label.pad_right(_HEALTH_WIDTH - label.cell_len)
        label.append(diagnosis.subject, style="bold" if diagnosis.do else "not bold")
        print_row(console, label, Text(diagnosis.what), margin=0, width=_HEALTH_WIDTH + _SUBJECT_WIDTH)
        if diagnosis.do:
            print_row(console, "", Text(diagnosis.do, style="cyan"), margin=0, width=_HEALTH_WIDTH + _SUBJECT_WIDTH)
    counted = {health: sum(d.health is health for d in found) for health in reversed(Health)}
    console.print(
        Text(
            f"\n{plural(counted[Health.PROBLEM], 'problem')}, {plural(counted[Health.WARNING], 'warning')}, "
            f"{counted[Health.OK]} in order."
        )
    )


def to_json(found: Sequence[Diagnosis]) -> str:
    """Return the diagnoses as JSON text, in the order they were made; its fields are documented in docs/doctor.md."""
    data = {
        "format": 1,
        "health": max((d.health for d in found), key=lambda h: h.severity, default=Health.OK).value,
        "diagnoses": [{"subject": d.subject, "health": d.health.value, "what": d.what, "do": d.do} for d in found],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
