"""How hard a backfill may work: a controller without a clock, a database or a mutable part.

Signals that steer make it slower and faster; signals that gate hold it back while they are over their limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from online_migrate.backfilling.reading import Reading

SMOOTHING = 0.3
TOO_MUCH, HIGH, LOW = 1.0, 0.7, 0.4
LEAST_DUTY = 0.05
FEW = 0.3
"""Share of the time under which it takes workers away instead of going on to shorten their time."""
FASTER = 1.5
"""What loads less than LOW loads less than HIGH with half as much again."""
COOLDOWN_S = 15.0
SEEN_S = 5.0
"""Until then what is ruled is not seen in the smoothed load; half of it is in 2 s."""
HALVED_S = 2.0
STALE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """What is ruled after some readings.

    The duty stays within 0.05 and 1, and workers within 1 and `most_workers`. Load over its limit halves both at
    once, and again every 2 s; load over 0.7 of it lowers the duty every 15 s; load under 0.4 raises it by half every
    5 s, and never within 15 s of the last time it was lowered.

    Attributes:
        held: why no batch may begin; None: go.
        cause: the signal in words for which it last became slower, until full speed is reached again.
        loads: the smoothed share of its limit by setting.
        halved_at: when it was last halved.
        down_from: the earliest time to become slower step by step.
        up_from: the earliest time to become faster.
    """

    most_workers: int
    workers: int
    duty: float = 1.0
    held: str | None = None
    cause: str | None = None
    loads: Mapping[str, float] = field(default_factory=dict)
    halved_at: float = float("-inf")
    down_from: float = float("-inf")
    up_from: float = float("-inf")

    @property
    def slowed(self) -> str | None:
        """Why it is not full speed, with how much of it is left."""
        return f"{self.duty:.0%} of full speed: {self.cause}" if self.cause is not None else None

    def after(self, readings: tuple[Reading, ...], *, at: float) -> "Pacing":
        """Return the next ruling; `at` is the time of the clock that the readings have."""
        steering = {reading.setting: reading for reading in readings if reading.steers}
        loads = {
            name: (1 - SMOOTHING) * self.loads.get(name, 0.0) + SMOOTHING * reading.load
            for name, reading in steering.items()
        }
        seen = replace(self, loads=loads, held=_held(readings, at))
        highest = max(loads, key=loads.__getitem__, default=None)
        load = loads[highest] if highest is not None else 0.0
        cause = steering[highest].words if highest is not None else None
        if load >= TOO_MUCH and at >= self.halved_at + HALVED_S:
            halved = _slower(seen, at, duty=self.duty / 2, workers=ceil(self.workers / 2), cause=cause)
            return replace(halved, halved_at=at)
        if load >= HIGH and at >= self.down_from:
            duty = 0.8 * self.duty
            return _slower(seen, at, duty=duty, workers=self.workers - (duty < FEW), cause=cause)
        if load < LOW and at >= self.up_from:
            return _faster(seen, at)
        return seen


def _slower(pacing: Pacing, at: float, *, duty: float, workers: int, cause: str | None) -> Pacing:
    return replace(
        pacing,
        duty=max(LEAST_DUTY, duty),
        workers=max(1, workers),
        cause=cause,
        down_from=at + COOLDOWN_S,
        up_from=at + COOLDOWN_S,
    )


def _faster(pacing: Pacing, at: float) -> Pacing:
    if pacing.duty == 1 and pacing.workers == pacing.most_workers:
        return pacing
    duty = min(1.0, round(FASTER * pacing.duty, 6))
    workers = min(pacing.most_workers, pacing.workers + (duty == 1))
    full = duty == 1 and workers == pacing.most_workers
    cause = None if full else pacing.cause
    return replace(pacing, duty=duty, workers=workers, up_from=at + SEEN_S, cause=cause)


def _held(readings: tuple[Reading, ...], at: float) -> str | None:
    return "; ".join(dict.fromkeys(reason for reading in readings if (reason := _reason(reading, at)))) or None


def _reason(reading: Reading, at: float) -> str | None:
    if reading.holds:
        return reading.words
    if reading.required and at - reading.at > STALE_S:
        return f"{reading.label} could not be read for {at - reading.at:.0f} s"
    return None
