"""How hard a backfill may work: a controller without a clock, a database or a mutable part.

Signals that steer make it slower and faster; signals that gate hold it back while they are over their limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Literal

Kind = Literal["steer", "gate", "guard"]

SMOOTHING = 0.3
MOST_FELT = 2.0
"""A single reading counts twice its limit at most, or one outlier would be felt for half a minute."""
TOO_MUCH, HIGH, LOW = 1.0, 0.7, 0.4
LEAST_DUTY = 0.05
FEW = 0.3
"""Share of the time under which it takes workers away instead of going on to shorten their time."""
COOLDOWN_S = 15.0
STALE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One signal as it was read.

    Attributes:
        setting: of the policy, that has its limit.
        kind: `steer` by its share of the limit; `gate`: hold while it is over its limit or unknown;
            `guard`: hold while it is over its limit, but go on where it is unknown.
        value: None where it cannot be read.
        limit: over 0, but for a user's own query.
        at: seconds of the monitor's clock.
        words: what it says, with its limit, or why it cannot be read.
    """

    setting: str
    label: str
    kind: Kind
    value: float | None
    limit: float
    unit: str
    at: float
    words: str

    @property
    def is_over(self) -> bool:
        """Whether it holds the work back at the moment of the reading."""
        if self.kind == "steer":
            return False
        return self.kind == "gate" if self.value is None else self.value > self.limit

    @property
    def load(self) -> float:
        """Its share of the limit, 0 where it is unknown."""
        return min(MOST_FELT, max(0.0, (self.value or 0.0) / self.limit)) if self.limit > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """What is ruled after some readings.

    The duty stays within 0.05 and 1, and workers within 1 and `most_workers`. Load over its limit halves both at
    once; load over 0.7 of it lowers the duty every 15 s; load under 0.4 raises it by 0.05 every 15 s, and never within
    15 s of the last time it was lowered.

    Attributes:
        held: why no batch may begin; None: go.
        cause: the signal in words for which it last became slower, until full speed is reached again.
        loads: the smoothed share of its limit by setting.
        down_from: the earliest time to become slower step by step.
        up_from: the earliest time to become faster.
    """

    most_workers: int
    workers: int
    duty: float = 1.0
    held: str | None = None
    cause: str | None = None
    loads: Mapping[str, float] = field(default_factory=dict)
    down_from: float = float("-inf")
    up_from: float = float("-inf")

    @property
    def slowed(self) -> str | None:
        """Why it is not full speed, with how much of it is left."""
        return f"{self.duty:.0%} of full speed: {self.cause}" if self.cause is not None else None

    def after(self, readings: tuple[Reading, ...], *, at: float) -> "Pacing":
        """Return the next ruling; `at` is the time of the clock that the readings have."""
        steering = {r.setting: r for r in readings if r.kind == "steer" and r.value is not None}
        loads = {
            name: (1 - SMOOTHING) * self.loads.get(name, 0.0) + SMOOTHING * reading.load
            for name, reading in steering.items()
        }
        seen = replace(self, loads=loads, held=_held(readings, at))
        highest = max(loads, key=loads.__getitem__, default=None)
        load = loads[highest] if highest is not None else 0.0
        cause = steering[highest].words if highest is not None else None
        if load >= TOO_MUCH:
            return seen._slower(at, duty=self.duty / 2, workers=ceil(self.workers / 2), cause=cause)
        if load >= HIGH and at >= self.down_from:
            duty = 0.8 * self.duty
            return seen._slower(at, duty=duty, workers=self.workers - (duty < FEW), cause=cause)
        if load < LOW and at >= self.up_from:
            return seen._faster(at)
        return seen

    def _slower(self, at: float, *, duty: float, workers: int, cause: str | None) -> "Pacing":
        return replace(
            self,
            duty=max(LEAST_DUTY, duty),
            workers=max(1, workers),
            cause=cause,
            down_from=at + COOLDOWN_S,
            up_from=at + COOLDOWN_S,
        )

    def _faster(self, at: float) -> "Pacing":
        if self.duty == 1 and self.workers == self.most_workers:
            return self
        duty = min(1.0, round(self.duty + 0.05, 6))
        workers = min(self.most_workers, self.workers + (duty == 1))
        full = duty == 1 and workers == self.most_workers
        return replace(self, duty=duty, workers=workers, up_from=at + COOLDOWN_S, cause=None if full else self.cause)


def _held(readings: tuple[Reading, ...], at: float) -> str | None:
    reasons = [
        f"{r.label} was last read {at - r.at:.0f} s ago" if r.kind == "gate" and at - r.at > STALE_S else r.words
        for r in readings
        if r.is_over or (r.kind == "gate" and at - r.at > STALE_S)
    ]
    return "; ".join(reasons) or None
