"""What a benchmark is and what it finds: frozen data that is kept as JSON and drawn from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.stand import Stand

Sample = Mapping[str, float]
"""What one run of one way gave, by name, the unit at its end: time_s, wal_mb, peak_mb, rows_per_s."""

Samples = Mapping[str, Sequence[Sample]]
"""Way to its samples, one for each round."""

State = Literal["ok", "short", "reported"]


class WrongResult(Exception):
    """What was measured did not do its work: however fast it was, it counts as failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the final table.

    Attributes:
        what: what was measured, such as "time, 1 worker".
        compared: what it is compared with; "" where it stands for itself.
        values: one for each round. The median is what counts, the least and the greatest are its spread.
        unit: "" for a ratio.
        at_most: the median must not be over it.
        at_least: the median must not be under it.
    """

    what: str
    values: tuple[float, ...]
    compared: str = ""
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def state(self) -> State:
        """Whether the median is within what is required, "reported" where nothing is."""
        if self.at_most is None and self.at_least is None:
            return "reported"
        over = self.at_most is not None and self.value > self.at_most
        under = self.at_least is not None and self.value < self.at_least
        return "short" if over or under else "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points of a plot, in order of x."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot as data; drawn to results/<benchmark>-<name>.png.

    Attributes:
        limit: a dashed line at this y.
        shaded: a part of x during which something happened, and what.
        log: y is logarithmic.
    """

    name: str
    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    limit: float | None = None
    shaded: tuple[float, float, str] | None = None
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a benchmark found.

    Attributes:
        samples: everything measured, in the order of the rounds.
        notes: what a reader must know, a sentence each; also why something was skipped.
    """

    figures: tuple[Figure, ...]
    samples: Samples
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark, one to a module.

    Attributes:
        name: of its results, and on the command line.
        title: what is compared with what, in one line.
        measure: runs it.
    """

    name: str
    title: str
    measure: "Callable[[Stand], Findings]"


def each(samples: Samples, way: str, name: str) -> tuple[float, ...]:
    """Return one thing that was measured of one way, round after round."""
    return tuple(sample[name] for sample in samples[way])


def ratios(samples: Samples, name: str, way: str, compared: str) -> tuple[float, ...]:
    """Return how a way compares with another, round by round: only runs beside each other are compared."""
    return tuple(a / b for a, b in zip(each(samples, way, name), each(samples, compared, name), strict=True))
