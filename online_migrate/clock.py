"""The only place that tells the time, waits, or draws a random number."""

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """What the engine needs of time; tests pass one that never waits."""

    def now(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        ...

    def jitter(self, low: float, high: float) -> float:
        """Return a random number between low and high, so that retries do not march in step."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    _random: random.Random = field(default_factory=random.Random)

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def jitter(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


def today() -> date:
    """Return the day it is, in UTC."""
    return datetime.now(UTC).date()
