"""Figures in words, the same for the terminal and for the page."""

from benchmarks.model import Figure


def number(value: float, unit: str) -> str:
    """Return a number as people read it."""
    digits = 2 if not unit or abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f} {unit}".rstrip()


def measured(figure: Figure) -> str:
    """Return the median and, where there were several rounds, the least and the greatest."""
    value = number(figure.value, figure.unit)
    if len(figure.values) == 1:
        return value
    return f"{value} ({number(min(figure.values), '')} - {number(max(figure.values), '')})"


def required(figure: Figure) -> str:
    """Return what the median must reach."""
    if figure.at_most is not None:
        return f"≤ {number(figure.at_most, figure.unit)}"
    if figure.at_least is not None:
        return f"≥ {number(figure.at_least, figure.unit)}"
    return ""


def what(figure: Figure) -> str:
    """Return what was measured, and what it is compared with."""
    return f"{figure.what} / {figure.compared}" if figure.compared else figure.what
