"""Puts the rewritten changes into phases so that no step runs before what it rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from online_migrate.plan.model import Phase, PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import CutOver, Step
from online_migrate.planner.moves import Moves, built_there, follow
from online_migrate.planner.paths import Record, Touches
from online_migrate.planner.placed import Placed, steps_of
from online_migrate.planner.placement import COURTESY
from online_migrate.planner.swaps import in_the_way, into_swaps
from online_migrate.strategies.interface import Rewrite


def order(placed: Sequence[Placed]) -> tuple[tuple[Placed, ...], tuple[Phase, ...]]:
    """Return the changes as finally placed, and the three phases.

    A change never runs in an earlier phase than one it depends on; within a phase the user's order holds.
    Where it depends on a removal that waits for contract, the removal is brought forward if it waited
    only out of courtesy, else the change itself waits for contract behind it. A view or default that is in the way of
    a swap of columns goes in the moment of the swap, or right before it, not before all that leads up to it. A table
    that gets another name waits for nothing that contract does to it: that is done under the new name.
    """
    changes = into_swaps(_under_later_names(_raise_floors(_bring_forward(_with_former_names(placed)))))
    phases = tuple(
        Phase(
            name=phase,
            steps=(
                *(step for change in changes for step in _opening(change.rewrite, phase)),
                *_in_order(changes, phase),
            ),
        )
        for phase in PhaseName
    )
    return changes, phases


def _with_former_names(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """A table is the same under whichever of its names a change touches it."""
    changes: list[Placed] = []
    former: dict[RelationName, RelationName] = {}
    for change in placed:
        changes.append(replace(change, touches=change.touches.also(former)) if former else change)
        for old, new in change.moves.items():
            former[new] = former.get(old, old)
    return tuple(changes)


def _under_later_names(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """What contract does to a table that has another name by then, it does under that name."""
    changes: list[Placed] = []
    for change in placed:
        if change.moves and change.settled is not PhaseName.CONTRACT:
            changes = [_following(earlier, change.moves) for earlier in changes]
        changes.append(change)
    return tuple(changes)


def _following(change: Placed, moves: Moves) -> Placed:
    rewrite = change.rewrite
    moves = built_there((*rewrite.opening, *rewrite.contract), moves)
    opening, contract = (tuple(follow(step, moves) for step in steps) for steps in (rewrite.opening, rewrite.contract))
    return replace(change, rewrite=replace(rewrite, opening=opening, contract=contract))


def _in_order(changes: Sequence[Placed], phase: PhaseName) -> Iterator[Step]:
    waiting = in_the_way(changes) if phase is PhaseName.MIGRATE else {}
    moved = {removal for removals in waiting.values() for removal in removals}
    for number, change in enumerate(changes):
        for step in steps_of(change.rewrite, phase) if number not in moved else ():
            if isinstance(step, CutOver):
                yield from (found for removal in waiting.get(number, ()) for found in changes[removal].rewrite.migrate)
            yield step


def _bring_forward(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    changes = list(placed)
    removals = Record()
    for at, change in enumerate(changes):
        if _waits_out_of_courtesy(change):
            removals.add(at, change.touches)
    for later_at, later in reversed(list(enumerate(placed))):
        if changes[later_at].settled is PhaseName.CONTRACT:
            continue
        for at in removals.needed_by(later.touches.known):
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
            behind = _behind(change, earlier)
            if behind.order > floor.order:
                floor = behind
        changes.append(replace(change, rewrite=_raised(change.rewrite, floor)))
        if changes[number].settled is not PhaseName.EXPAND or changes[number].rewrite.contract:
            late = changes[number].rewrite.late
            unsettled.add(number, replace(change.touches, writes=change.touches.writes | late))
    return tuple(changes)


def _behind(change: Placed, earlier: Placed) -> PhaseName:
    """Return the first phase in which a change may run that depends on an earlier one.

    A barrier runs behind everything before the gate; it is held back to contract only by what it is known to touch.
    """
    if (change.touches.barrier or earlier.touches.barrier) and not change.touches.needs(earlier.touches):
        return min(earlier.settled, PhaseName.MIGRATE, key=lambda phase: phase.order)
    if earlier.settled is PhaseName.CONTRACT and change.moves and not _is_first(earlier, change.moves):
        return PhaseName.MIGRATE
    in_the_way = (_is_seen_through, _is_named, _is_late)
    if change.settled is not PhaseName.CONTRACT and any(found(earlier, change) for found in in_the_way):
        return PhaseName.CONTRACT
    return earlier.settled


def _is_first(earlier: Placed, moves: Moves) -> bool:
    """Whether an earlier change makes the relation itself, or its schema's name, or is about what has the new name."""
    if earlier.kind == "rename_schema":
        return True
    makes = earlier.kind == "create_table" and any((old,) in earlier.touches.writes for old in moves)
    return makes or any(path[0] in moves.values() for path in earlier.touches.writes | earlier.touches.reads)


def _is_seen_through(earlier: Placed, change: Placed) -> bool:
    """Whether the change is one that PostgreSQL refuses while the view of an earlier change stands."""
    needed = {(new, "dependents") for new in earlier.moves.values()} if earlier.rewrite.opening else set()
    return not needed.isdisjoint(change.touches.reads)


def _is_named(earlier: Placed, change: Placed) -> bool:
    """Whether the change renames a column that steps of an earlier change in contract, or triggers until then, name."""
    return change.kind == "rename_column" and bool(earlier.rewrite.contract)


def _is_late(earlier: Placed, change: Placed) -> bool:
    """Whether the change is about a part of a column that an earlier change only makes in contract."""
    # What is about the whole table, such as its name or its partitions, is the same with or without.
    reads, writes = (
        frozenset(path for path in paths if len(path) > 1) for paths in (change.touches.reads, change.touches.writes)
    )
    return Touches(reads=reads, writes=writes).needs(Touches(writes=earlier.rewrite.late))


def _opening(rewrite: Rewrite, phase: PhaseName) -> tuple[Step, ...]:
    return rewrite.opening if phase is PhaseName.CONTRACT else ()


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
        contract=(*rewrite.expand, *rewrite.migrate, *rewrite.opening, *rewrite.contract),
        opening=(),
        settled=settled,
    )
