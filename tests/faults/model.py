"""A fault, and what is counted of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.stand import Stand


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of all the faults of a kind.

    Attributes:
        times: how many struck something that was at work.
        lost: rows that are missing, double or otherwise than the writers were told.
        wrong: schemas that are not that of an uninterrupted run.
        person: commands that hung, failed, or ended otherwise than by saying "run it again".
        said: what to look at, of the first three.
        skipped: why the fault cannot be made here.
    """

    times: int = 0
    lost: int = 0
    wrong: int = 0
    person: int = 0
    said: list[str] = field(default_factory=list)
    skipped: str | None = None

    @property
    def is_right(self) -> bool:
        """Whether nothing was lost and nobody was needed."""
        tried = self.times > 0 or self.skipped is not None
        return tried and self.lost == self.wrong == self.person == 0 and not self.said


Strike = Callable[["Stand", int, random.Random], Tally]
"""Makes a fault happen so many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A kind of fault.

    Attributes:
        name: for `--only`.
        what: for the table.
        times: how often by default.
        few: how often with --quick, and in the ordinary tests.
    """

    name: str
    what: str
    times: int
    few: int
    strike: Strike
