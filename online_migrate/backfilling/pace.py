"""How fast a walk goes, and when it may be done: rates of the last minute, without a clock of its own."""

from dataclasses import dataclass, replace

KEPT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Rates between ticks, of the fraction done and of rows.

    Attributes:
        at: seconds of the last tick.
        fraction: done at the last tick, 0 to 1.
        rows: done at the last tick.
        rates: fraction per second between the last ticks, oldest first.
        rows_per_s: rows per second, the newest ticks counting most.
    """

    at: float
    fraction: float
    rows: int
    rates: tuple[float, ...] = ()
    rows_per_s: float | None = None

    def tick(self, *, at: float, fraction: float, rows: int) -> "Pace":
        """Return the pace at a later moment."""
        seconds = at - self.at
        if seconds <= 0:
            return self
        speed = (rows - self.rows) / seconds
        return replace(
            self,
            at=at,
            fraction=fraction,
            rows=rows,
            rates=(*self.rates, max(0.0, (fraction - self.fraction) / seconds))[-KEPT:],
            rows_per_s=speed if self.rows_per_s is None else 0.7 * self.rows_per_s + 0.3 * speed,
        )

    @property
    def low(self) -> float | None:
        """The slow tenth of the rates, None before five of them (a guess would mislead)."""
        return sorted(self.rates)[len(self.rates) // 10] if len(self.rates) >= 5 else None

    @property
    def high(self) -> float | None:
        """The fast tenth of the rates, None before five of them."""
        return sorted(self.rates)[-1 - len(self.rates) // 10] if len(self.rates) >= 5 else None


def seconds_left(fraction: float, low: float | None, high: float | None) -> tuple[float, float] | None:
    """Return the least and the most seconds left, or None where the rates say nothing yet."""
    if not low or not high:
        return None
    return (1 - fraction) / high, (1 - fraction) / low
