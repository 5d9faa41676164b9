"""Figures as people write them."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def seconds(value: float) -> str:
    """Return a duration: "4 ms", "1.5 s", "12 min", "3 h"."""
    if value < 1:
        return f"{max(1, round(value * 1000))} ms" if value > 0 else "0 ms"
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    if value < 7200:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.0f} h"


def span(low: float, high: float) -> str:
    """Return a range of durations, "2.0 s to 6 min"; one figure where both read the same."""
    first, last = seconds(low), seconds(high)
    if first == last:
        return f"about {last}"
    number, _, unit = first.partition(" ")
    return f"{number} to {last}" if last.endswith(f" {unit}") else f"{first} to {last}"


def size(count: float) -> str:
    """Return a number of bytes, "229 MB"."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.0f} {_UNITS[unit]}"


def plural(count: int, noun: str) -> str:
    """Return "1 operation", "3 operations"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
