"""docs/performance.md, made from the results."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

from benchmarks import words
from benchmarks.drawing import file_name
from benchmarks.registry import BENCHMARKS
from benchmarks.results import Result

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
INTRODUCTION = Path(__file__).parent / "introduction.md"


def write(results: Sequence[Result], page: Path = PAGE) -> None:
    """Write the page."""
    page.write_text("\n".join(_lines(results)) + "\n", encoding="utf-8")


def _lines(results: Sequence[Result]) -> Iterator[str]:
    yield INTRODUCTION.read_text(encoding="utf-8")
    yield from _machines(results)
    yield "## All figures"
    yield ""
    yield from _table(("what", "measured", "required", ""), _figures(results))
    for result in results:
        yield from _section(result)


def _figures(results: Sequence[Result]) -> Iterator[Sequence[str]]:
    for result in results:
        yield f"**{result.title}**", "", "", ""
        for figure in result.findings.figures:
            yield words.what(figure), words.measured(figure), words.required(figure), figure.state


def _machines(results: Sequence[Result]) -> Iterator[str]:
    yield "## The machine"
    yield ""
    for machine in dict.fromkeys(tuple(result.machine.items()) for result in results):
        yield from _table(("", ""), machine)


def _section(result: Result) -> Iterator[str]:
    yield f"## {result.title}"
    yield ""
    yield cleandoc(_module_of(result).__doc__ or "")
    yield ""
    if result.failed is not None:
        yield f"**Failed:** {result.failed}"
        yield ""
    how = f"rounds: {result.runs}, load average before: {result.load}"
    yield f"`python -m benchmarks {result.benchmark}`, {result.day}, {how}."
    yield ""
    for note in result.findings.notes:
        yield f"- {note}"
    yield ""
    yield from _samples(result)
    for plot in result.findings.plots:
        yield f"![{plot.title}](../benchmarks/results/{file_name(result, plot)})"
        yield ""


def _module_of(result: Result) -> object:
    return import_module(next(b.measure.__module__ for b in BENCHMARKS if b.name == result.benchmark))


def _samples(result: Result) -> Iterator[str]:
    samples = result.findings.samples
    names = list(dict.fromkeys(name for rows in samples.values() for row in rows for name in row))
    if not names:
        return
    rows = (
        (way, *(_values([row[name] for row in found if name in row]) for name in names))
        for way, found in samples.items()
    )
    yield from _table(("", *names), rows)


def _values(values: Sequence[float]) -> str:
    return ", ".join(f"{value:,.4g}" for value in values)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
