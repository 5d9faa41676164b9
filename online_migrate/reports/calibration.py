"""What a calibration measured, for a person and as JSON."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from online_migrate.risk.rates import DOCUMENTED, MB, NAMES, Range, rates_of

_WORDS = {
    "statement": "change the catalog",
    "scan_row": "read a row and test it",
    "scan_byte": "read a table",
    "rewrite_row": "rewrite a row",
    "rewrite_byte": "rewrite a table",
    "evaluate_row": "compute a value",
    "index_row": "index a number",
    "index_text_row": "index a text",
    "join_row": "look up a foreign key",
    "trigger_row": "run a row trigger",
    "update_row": "update a row",
    "update_byte": "update long rows",
    "update_index_row": "... and an index of it",
    "delete_row": "delete a row",
    "delete_byte": "delete long rows",
    "batch_row": "update in batches",
}


def show_rates(measured: Mapping[str, float], console: Console) -> None:
    """Print each rate beside the range that estimates now use, and the documented one that they used."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for heading in ("measured", "estimates use", "documented"):
        table.add_column(heading, justify="right", no_wrap=True)
    used = rates_of(measured)
    for name in NAMES:
        if name in measured:
            one = (measured[name], measured[name])
            ranges = (one, getattr(used, name), getattr(DOCUMENTED, name))
            table.add_row(_WORDS[name], *(_figures(name, value) for value in ranges))
    console.print(table)
    console.print(Text("\nKept in online_migrate.rates: plan and check use them from now on."))


def rates_to_json(measured: Mapping[str, float]) -> str:
    """Return the rates as JSON text, seconds for a unit by name; documented in docs/doctor.md."""
    return json.dumps({"format": 1, "rates": dict(measured)}, indent=2)


def _figures(name: str, value: Range) -> str:
    low, high = value
    if name.endswith("_byte"):
        low, high, unit = 1 / high / MB, 1 / low / MB, "MB/s"
    elif name.endswith("_row"):
        low, high, unit = low * 1e6, high * 1e6, "us"
    else:
        low, high, unit = low * 1e3, high * 1e3, "ms"
    first, last = _figure(low), _figure(high)
    return f"{first} {unit}" if first == last else f"{first} to {last} {unit}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
