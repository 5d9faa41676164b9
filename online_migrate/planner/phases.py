"""Puts the rewritten changes into phases so that no step runs before what it rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from online_migrate.plan.model import Phase, PhaseName
from online_migrate.plan.steps import Step
from online_migrate.planner.paths import Touches
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
        for phase in reversed(PhaseName):
            if _steps(self.rewrite, phase):
                return phase
        return PhaseName.EXPAND


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
    waiting = [at for at, change in enumerate(changes) if _waits_out_of_courtesy(change)]
    for later_at, later in reversed(list(enumerate(placed))):
        if not waiting or later.touches.barrier or changes[later_at].settled is PhaseName.CONTRACT:
            continue
        needed = [at for at in waiting if at < later_at and later.touches.depends_on(changes[at].touches)]
        for at in needed:
            changes[at] = replace(changes[at], rewrite=_raised(changes[at].rewrite, PhaseName.MIGRATE, lower=True))
            waiting.remove(at)
    return tuple(changes)


def _waits_out_of_courtesy(change: Placed) -> bool:
    return change.kind in COURTESY and change.settled is PhaseName.CONTRACT


def _raise_floors(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    changes: list[Placed] = []
    with_root: dict[object, set[int]] = defaultdict(set)
    barriers: set[int] = set()
    for number, change in enumerate(placed):
        candidates = barriers.union(*(with_root[root] for root in change.touches.roots))
        floor = change.begins
        for earlier in changes if change.touches.barrier else map(changes.__getitem__, candidates):
            if earlier.settled.order > floor.order and change.touches.depends_on(earlier.touches):
                floor = _behind(change, earlier)
        changes.append(replace(change, rewrite=_raised(change.rewrite, floor)))
        barriers |= {number} if change.touches.barrier else set()
        for root in change.touches.roots:
            with_root[root].add(number)
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
