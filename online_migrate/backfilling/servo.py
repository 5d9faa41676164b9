"""How large the next batch is: a controller without a clock, a database or a mutable part."""

from dataclasses import dataclass, replace
from math import ceil

HISTORY = 10
GROWTH = 1.5
PANIC = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Servo:
    """Steers the time of a batch to its target by its size in units (blocks, or rows of a keyset walk).

    The size stays between 1 and `largest`, grows at most 1.5 times in ten batches, follows the slow tenth
    of the last ten (not their mean, which hides stalls), and drops to a tenth at once when a batch took
    five times its target.

    Attributes:
        target_ms: how long the statement of a batch should take, without its commit.
        size: units of the next batch.
        largest: most units of a batch.
        recent: milliseconds per unit of the batches since the size last changed.
    """

    target_ms: float
    size: int
    largest: int
    recent: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.size <= self.largest:
            raise ValueError(f"size {self.size} is not within 1 and {self.largest}")

    def after(self, *, ms: float, units: int) -> "Servo":
        """Return the servo after a batch of that many units took that many milliseconds."""
        if ms > PANIC * self.target_ms:
            return self._resized(self.size // 10)
        recent = (*self.recent, ms / max(1, units))
        if len(recent) < HISTORY:
            return replace(self, recent=recent)
        slow = sorted(recent)[ceil(HISTORY * 0.9) - 1]
        ceiling = ceil(self.size * GROWTH)
        return self._resized(ceiling if slow * ceiling <= self.target_ms else int(self.target_ms / slow))

    def split(self, units: int) -> "Servo":
        """Return the servo after a batch of that many units was too large: half of it."""
        return self._resized(min(self.size, units) // 2)

    def _resized(self, size: int) -> "Servo":
        return replace(self, size=max(1, min(size, self.largest)), recent=())
