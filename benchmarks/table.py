"""The final table on the terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks import words
from benchmarks.results import Result

_COLOURS = {"ok": "green", "short": "bold red", "reported": "dim"}


def show(results: Iterable[Result], console: Console) -> None:
    """Print every figure beside what is required of it."""
    console.print()
    console.print("Median of the rounds (least - greatest), and what is required", style="italic")
    for result in results:
        console.print()
        console.print(result.title, style="bold", highlight=False)
        if result.failed is not None:
            console.print(f"failed: {result.failed}", style="bold red", highlight=False)
        table = Table(box=None, pad_edge=False, show_header=False, width=min(console.width, 100))
        table.add_column(ratio=1)
        for width in (24, 10, 8):
            table.add_column(width=width)
        for figure in result.findings.figures:
            state = Text(figure.state, style=_COLOURS[figure.state])
            table.add_row(words.what(figure), words.measured(figure), words.required(figure), state)
        for note in result.findings.notes:
            console.print(note, style="dim", highlight=False)
        console.print(table)
