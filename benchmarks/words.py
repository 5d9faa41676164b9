"""Figures in words, the same for the terminal and for the page."""

from benchmarks.model import Figure


def number(value: float, unit: str) -> str:
    """Return a number as people read it."""
    whole = bool(unit) and value == int(value)
    digits = 0 if whole or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def measured(figure: Figure) -> str:
    """Return the median and, where there were several rounds, the least and the greatest."""
    value = number(figure.value, figure.unit)
    if len(figure.values) == 1:
        return value
    least, greatest = (number(value, figure.unit) for value in (min(figure.values), max(figure.values)))
    return f"{value} ({least.removesuffix(figure.unit).rstrip()} - {greatest})"


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
