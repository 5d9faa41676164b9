"""Plots as PNG."""

from importlib.util import find_spec
from pathlib import Path

from benchmarks.model import Plot
from benchmarks.results import Result

COLOURS = ("#0b6e4f", "#c1442e", "#3b5b92", "#8a6d1d", "#6b4c8a")


def can_draw() -> bool:
    """Whether the extra `bench` is installed."""
    return find_spec("matplotlib") is not None


def file_name(result: Result, plot: Plot) -> str:
    """Return the name of the plot's file."""
    return f"{result.benchmark}-{plot.name}.png"


def draw(result: Result, directory: Path) -> None:
    """Draw every plot of a result."""
    for plot in result.findings.plots:
        _draw(plot, directory / file_name(result, plot))


def _draw(plot: Plot, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - only where something is drawn
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(8, 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for line, colour in zip(plot.lines, COLOURS, strict=False):
        axes.plot(line.x, line.y, label=line.label, color=colour, linewidth=1.2)
    if plot.limit is not None:
        axes.axhline(plot.limit, color="#444444", linestyle="--", linewidth=1, label=f"limit: {plot.limit:g}")
    if plot.shaded is not None:
        start, end, label = plot.shaded
        axes.axvspan(start, end, color="#dddddd", label=label)
    axes.set_title(plot.title, loc="left", fontsize=10)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    if plot.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    else:
        axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    figure.savefig(path)
