"""How large the next batch is: a controller without a clock, a database or a mutable part."""

from dataclasses import dataclass, replace
from math import ceil

HISTORY = 10
GROWTH = 1.5
FEW, EASY = 3, 4
"""So many batches are enough where even the slowest of them says that a larger one takes a quarter of the target."""
PANIC = 5
EMPTY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Servo:
    """Steers the time of a batch to its target by its size in units (blocks, or rows of a keyset walk).

    The size stays between 1 and `largest`, grows at most 1.5 times in ten batches (in three while it is far from the
    target), follows the slow tenth of the last ten (not their mean, which hides stalls), and drops to a tenth at once
    when a batch took five times its target. It does not grow on ranges where next to nothing is left to change: they
    say nothing about how long a full one would take.

    Attributes:
        target_ms: how long the statement of a batch should take, without its commit.
        size: units of the next batch.
        largest: most units of a batch.
        recent: milliseconds per unit of the batches since the size last changed.
        changed: rows changed per unit by the same batches.
        densest: the most rows per unit that a batch ever changed.
    """

    target_ms: float
    size: int
    largest: int
    recent: tuple[float, ...] = ()
    changed: tuple[float, ...] = ()
    densest: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.size <= self.largest:
            raise ValueError(f"size {self.size} is not within 1 and {self.largest}")

    def after(self, *, ms: float, units: int, rows: int) -> "Servo":
        """Return the servo after a batch of that many units took that many milliseconds and changed that many rows."""
        density = rows / max(1, units)
        seen = replace(self, densest=max(self.densest, density))
        if ms > PANIC * self.target_ms:
            return _resized(seen, self.size // 10)
        recent, changed = (*self.recent, ms / max(1, units)), (*self.changed, density)
        larger = ceil(self.size * GROWTH)
        easy = len(recent) >= FEW and max(recent) * larger * EASY <= self.target_ms
        if len(recent) < HISTORY and not easy:
            return replace(seen, recent=recent, changed=changed)
        slow = sorted(recent)[ceil(len(recent) * 0.9) - 1]
        is_empty = sum(changed) / len(changed) < EMPTY * seen.densest or not seen.densest
        ceiling = self.size if is_empty else larger
        return _resized(seen, ceiling if slow * ceiling <= self.target_ms else int(self.target_ms / slow))

    def split(self, units: int) -> "Servo":
        """Return the servo after a batch of that many units was too large: half of it."""
        return _resized(self, min(self.size, units) // 2)


def _resized(servo: Servo, size: int) -> Servo:
    return replace(servo, size=max(1, min(size, servo.largest)), recent=(), changed=())
