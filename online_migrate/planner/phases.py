"""Puts the rewritten changes into phases so that no step runs before what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from online_migrate.plan.model import Phase, PhaseName
from online_migrate.plan.steps import Step
from online_migrate.planner.paths import Record, Touches
from online_migrate.planner.placement import COURTESY
from online_migrate.strategies.interface import Rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One change with its steps by phase."""

    kind: str
    touches: Touches
    rewrite: Rewrite

    @property
    def begins(self) -> PhaseName:
        """The first phase that has a step."""
        return next((phase for phase in PhaseName if _steps(self.rewrite, phase)), PhaseName.EXPAND)

    @property
    def settled(self) -> PhaseName:
        """The phase after whose steps later operations on the same objects may run."""
        if self.rewrite.settled is not None:
            return self.rewrite.settled
        if self.rewrite.contract:
            return PhaseName.CONTRACT
        return PhaseName.MIGRATE if self.rewrite.migrate else PhaseName.EXPAND


def order(placed: Sequence[Placed]) -> tuple[tuple[Placed, ...], tuple[Phase, ...]]:
    """Return the changes as finally placed, and the three phases.

    A change never runs in an earlier phase than one it depends on; within a phase the user's order holds.
    Where it depends on a removal that waits for contract, the removal is brought forward if it waited
    only out of courtesy, else the change itself waits for contract behind it.
    """
    changes = _raise_floors(_bring_forward(placed))
    phases = tuple(
        Phase(name=phase, steps=tuple(step for change in changes for step in _steps(change.rewrite, phase)))
        for phase in PhaseName
    )
    return changes, phases


def _bring_forward(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    changes = list(placed)
    removals = Record()
    for at, change in enumerate(changes):
        if _waits_out_of_courtesy(change):
            removals.add(at, change.touches)
    for later_at, later in reversed(list(enumerate(placed))):
        if later.touches.barrier or changes[later_at].settled is PhaseName.CONTRACT:
            continue
        for at in removals.needed_by(later.touches):
            if at < later_at and changes[at].settled is PhaseName.CONTRACT:
                changes[at] = replace(changes[at], rewrite=_raised(changes[at].rewrite, PhaseName.MIGRATE, lower=True))
    return tuple(changes)


def _waits_out_of_courtesy(change: Placed) -> bool:
    return change.kind in COURTESY and change.settled is PhaseName.CONTRACT


def _raise_floors(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    changes: list[Placed] = []
    unsettled = Record()
    for number, change in enumerate(placed):
        floor = change.begins
        for earlier in map(changes.__getitem__, unsettled.needed_by(change.touches)):
            if earlier.settled.order > floor.order:
                floor = _behind(change, earlier)
        changes.append(replace(change, rewrite=_raised(change.rewrite, floor)))
        if changes[number].settled is not PhaseName.EXPAND:
            unsettled.add(number, change.touches)
    return tuple(changes)


def _behind(change: Placed, earlier: Placed) -> PhaseName:
    """A barrier runs behind everything before the gate; it is never held back to contract by a removal."""
    barrier = change.touches.barrier or earlier.touches.barrier
    return PhaseName.MIGRATE if barrier else earlier.settled


def _steps(rewrite: Rewrite, phase: PhaseName) -> tuple[Step, ...]:
    return {
        PhaseName.EXPAND: rewrite.expand,
        PhaseName.MIGRATE: rewrite.migrate,
        PhaseName.CONTRACT: rewrite.contract,
    }[phase]


def _raised(rewrite: Rewrite, floor: PhaseName, *, lower: bool = False) -> Rewrite:
    """Return the rewrite with no step before `floor`; with `lower`, with none after it either."""
    if lower:
        return replace(
            rewrite,
            expand=(),
            migrate=(*rewrite.expand, *rewrite.migrate, *rewrite.contract),
            contract=(),
            settled=floor,
        )
    if floor is PhaseName.EXPAND:
        return rewrite
    settled = max((rewrite.settled, floor), key=lambda p: p.order) if rewrite.settled else None
    if floor is PhaseName.MIGRATE:
        return replace(rewrite, expand=(), migrate=(*rewrite.expand, *rewrite.migrate), settled=settled)
    return replace(
        rewrite,
        expand=(),
        migrate=(),
        contract=(*rewrite.expand, *rewrite.migrate, *rewrite.contract),
        settled=settled,
    )
