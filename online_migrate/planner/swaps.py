"""What is in the way of a swap of columns goes, and comes back, in the transaction of the swap.

A view or a default that a revision drops for a change of type and makes again after it: no code finds it missing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import CutOver, Ddl, Step
from online_migrate.planner.paths import Record
from online_migrate.planner.placed import Placed
from online_migrate.strategies.interface import Rewrite
from online_migrate.strategies.parts.locks import strongest

_SOON_BACK = frozenset({"drop_view", "drop_materialized_view", "drop_default"})
"""Removals that make way for a change of a type: code misses what they remove until it is made again."""

_MAKE_AGAIN = frozenset({"create_view", "set_default", "grant", "comment"})
"""What is done in a moment: a materialized view is filled."""


def into_swaps(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """Return the changes, with the steps of what is removed for a swap, and made again behind it, in the swap's own.

    So are swaps that are to be one moment with another (`Rewrite.joins`).
    """
    changes = list(placed)
    waiting = in_the_way(placed)
    for at, swaps in _moments(placed).items():
        steps: list[Step] = []
        behind: list[int] = []
        taken: list[int] = []
        for swap in swaps:
            step = placed[swap].rewrite.migrate[-1]
            removals = waiting.get(swap, [])
            removals = removals if all(_can_join(placed[n], step) for n in removals) else []
            again = tuple(_made_again(placed, swap, removals))
            steps += [*_steps(placed, removals), step, *_steps(placed, [n for n in again if n < at])]
            behind += [n for n in again if n > at]
            taken += [*removals, *again]
        steps += _steps(placed, sorted(behind))
        if len(steps) == 1:
            continue
        joined = _joined(steps, [placed[swap].rewrite.migrate[-1] for swap in swaps])
        for swap in swaps:
            changes[swap] = _ending_in(placed[swap], joined if swap == at else None)
        for number in taken:
            changes[number] = replace(placed[number], rewrite=_without_steps(placed[number].rewrite))
    return tuple(changes)


def _moments(placed: Sequence[Placed]) -> dict[int, list[int]]:
    """Return the changes of a type that are one moment, in order, by the number of the last of them."""
    found: dict[int, list[int]] = defaultdict(list)
    last = {change.rewrite.migrate[-1].operation: n for n, change in enumerate(placed) if change.rewrite.migrate}
    for number, change in enumerate(placed):
        if change.kind == "alter_type" and change.rewrite.migrate:
            into = last.get(change.rewrite.joins) if change.rewrite.joins is not None else None
            found[number if into is None else into].append(number)
    return found


def in_the_way(changes: Sequence[Placed]) -> dict[int, list[int]]:
    """Return, by the number of the change that swaps columns, the removals that it is the first to wait for."""
    waiting: dict[int, list[int]] = defaultdict(list)
    swapped: dict[int, int] = {}
    for number, change in reversed(list(enumerate(changes))):
        if change.kind in _SOON_BACK and change.begins is change.settled is PhaseName.MIGRATE:
            removal = Record()
            removal.add(number, change.touches)
            later = range(number + 1, len(changes))
            first = next((n for n in later if removal.needed_by(changes[n].touches)), None)
            if first is not None and (swap := swapped.get(first)) is not None:
                swapped[number] = swap
                waiting[swap].insert(0, number)
        elif change.kind == "alter_type" and any(isinstance(step, CutOver) for step in change.rewrite.migrate):
            swapped[number] = number
    return waiting


def _made_again(placed: Sequence[Placed], swap: int, removals: Sequence[int]) -> Iterator[int]:
    """Yield what makes a removed thing again, or is about it, and rests on nothing between the swap and it."""
    if not removals and placed[swap].rewrite.joins is None:
        return
    removed, between = Record(), Record()
    for number in removals:
        removed.add(number, placed[number].touches)
    for number in range(swap + 1, len(placed)):
        change = placed[number]
        about = removed.needed_by(change.touches) or _sets_default_with(change, placed[swap])
        can = change.kind in _MAKE_AGAIN and _can_join(change, placed[swap].rewrite.migrate[-1])
        if can and about and not between.needed_by(change.touches):
            removed.add(number, change.touches)
            yield number
        elif change.rewrite.expand or change.rewrite.migrate:
            between.add(number, change.touches)


def _sets_default_with(change: Placed, swap: Placed) -> bool:
    """Whether it sets a default that only fits the new type, which the column gets in the moment of another."""
    return swap.rewrite.joins is not None and change.kind == "set_default" and change.touches.needs(swap.touches)


def _can_join(change: Placed, step: Step) -> bool:
    steps = change.rewrite.migrate
    alike = (isinstance(other, Ddl) and other.search_path == step.search_path for other in steps)
    return bool(steps) and change.begins is change.settled is PhaseName.MIGRATE and all(alike)


def _steps(placed: Sequence[Placed], numbers: Sequence[int]) -> tuple[Ddl, ...]:
    return tuple(step for n in numbers for step in placed[n].rewrite.migrate if isinstance(step, Ddl))


def _joined(steps: Sequence[Step], swaps: Sequence[Step]) -> Step:
    """Return one step for all, by the name of the last swap; it takes its time where one of these does."""
    into = swaps[-1]
    if any(isinstance(swap, Ddl) and not swap.brief for swap in swaps):
        into = Ddl(id=into.id, operation=into.operation, purpose="", sql=(), search_path=into.search_path, brief=False)
    reversible = all(step.reversible for step in steps)
    return replace(
        into,
        purpose="; ".join(step.purpose for step in steps),
        sql=tuple(sql for step in steps for sql in step.sql),
        locks=strongest(lock for step in steps for lock in step.locks),
        undo=tuple(sql for step in reversed(steps) for sql in step.undo) if reversible else (),
        reversible=reversible,
    )


def _ending_in(change: Placed, step: Step | None) -> Placed:
    migrate = (*change.rewrite.migrate[:-1], *([step] if step is not None else []))
    return replace(change, rewrite=replace(change.rewrite, migrate=migrate))


def _without_steps(rewrite: Rewrite) -> Rewrite:
    return Rewrite(settled=PhaseName.MIGRATE, online=rewrite.online, notes=rewrite.notes, late=rewrite.late)
