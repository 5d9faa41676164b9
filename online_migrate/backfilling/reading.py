"""One signal beside its limit, as pacing obeys it and `status` shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from online_migrate.backfilling.look import Look, Unreadable
from online_migrate.policy import Policy

T = TypeVar("T")

MOST_FELT = 2.0
"""A single reading counts twice its limit at most, or one outlier would be felt for half a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One signal as it was read.

    Attributes:
        setting: of the policy, that has its limit.
        value: None where it is unknown.
        limit: in the same unit.
        at: when it was read, in seconds of the monitor's clock.
        words: what it says, with its limit, or why it is unknown.
        steers: it makes the work slower and faster by its share of the limit.
        holds: no batch may begin now.
        required: no batch may begin where it is older than 15 s.
        until: how far the WAL may be, in bytes from its start, where a batch begins before the next reading; None: no
            matter how far.
    """

    setting: str
    label: str
    value: float | None
    limit: float
    unit: str
    at: float
    words: str
    steers: bool = False
    holds: bool = False
    required: bool = False
    until: int | None = None

    @property
    def load(self) -> float:
        """Its share of its limit, 0 where it is unknown."""
        return min(MOST_FELT, max(0.0, (self.value or 0.0) / self.limit))


@dataclass(frozen=True, slots=True)
class Signal:
    """What can be measured: the policy's setting with its limit, what it is called, and its unit."""

    setting: str
    label: str
    unit: str = ""

    def limit(self, policy: Policy) -> float:
        """Return its limit; 0 is off."""
        return float(getattr(policy, self.setting))

    def steer(self, value: float | None, limit: float, *, at: float, words: str, heeded: bool = True) -> Reading:
        """Return a reading that makes the work slower and faster, where it is known and heeded."""
        steers = heeded and value is not None
        return self._reading(value, limit, at=at, words=words, steers=steers)

    def gate(self, value: float | None, limit: float, *, at: float, words: str, over: bool = False) -> Reading:
        """Return a reading that holds the work while it is over its limit (`over`: in any case), unknown or old."""
        holds = over or value is None or value > limit
        return self._reading(value, limit, at=at, words=words, holds=holds, required=True)

    def note(self, value: float, limit: float, *, at: float, words: str) -> Reading:
        """Return a reading that is only shown."""
        return self._reading(value, limit, at=at, words=words)

    def _reading(self, value: float | None, limit: float, *, at: float, words: str, **flags: bool) -> Reading:
        return Reading(
            setting=self.setting,
            label=self.label,
            unit=self.unit,
            value=value,
            limit=limit,
            at=at,
            words=words,
            **flags,
        )


def newest(looks: tuple[Look, ...], part: Callable[[Look], T | Unreadable]) -> tuple[T | Unreadable, float]:
    """Return a part of the newest look in which it was readable, else of the newest, with the look's time."""
    readable = (look for look in reversed(looks) if not isinstance(part(look), Unreadable))
    look = next(readable, looks[-1])
    return part(look), look.at


def figure(value: float) -> str:
    """Return a number as people read it: "7.2", "312", "1,024"."""
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:,.0f}"
