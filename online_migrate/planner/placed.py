"""A change with its steps, as the order of all is made."""

from dataclasses import dataclass, field

from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Step
from online_migrate.planner.moves import Moves
from online_migrate.planner.paths import Touches
from online_migrate.strategies.interface import Rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One change with its steps by phase. `moves`: relations that have another name after it, old to new."""

    kind: str
    touches: Touches
    rewrite: Rewrite
    moves: Moves = field(default_factory=dict)

    @property
    def begins(self) -> PhaseName:
        """The first phase that has a step."""
        return next((phase for phase in PhaseName if steps_of(self.rewrite, phase)), PhaseName.EXPAND)

    @property
    def settled(self) -> PhaseName:
        """The phase after whose steps later operations on the same objects may run."""
        if self.rewrite.settled is not None:
            return self.rewrite.settled
        if self.rewrite.contract:
            return PhaseName.CONTRACT
        return PhaseName.MIGRATE if self.rewrite.migrate else PhaseName.EXPAND


def steps_of(rewrite: Rewrite, phase: PhaseName) -> tuple[Step, ...]:
    """Return the steps that a change has in a phase."""
    steps: tuple[Step, ...] = getattr(rewrite, phase.value)
    return steps
