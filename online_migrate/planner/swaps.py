"""What is in the way of a swap of columns goes, and comes back, in the transaction of the swap.

A view or a default that a revision drops for a change of type and makes again after it: no code finds it missing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import CutOver, Ddl
from online_migrate.planner.paths import Record
from online_migrate.planner.placed import Placed
from online_migrate.strategies.interface import Rewrite
from online_migrate.strategies.parts.locks import strongest

_SOON_BACK = frozenset({"drop_view", "drop_materialized_view", "drop_default"})
"""Removals that make way for a change of a type: code misses what they remove until it is made again."""

_MAKE_AGAIN = frozenset({"create_view", "set_default", "grant", "comment"})
"""What is done in a moment: a materialized view is filled."""


def into_swaps(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """Return the changes, with the steps of what is removed for a swap, and made again behind it, in the swap's own."""
    changes = list(placed)
    for swap, removals in in_the_way(placed).items():
        (cut,) = (step for step in placed[swap].rewrite.migrate if isinstance(step, CutOver))
        if all(_can_join(placed[n], cut) for n in removals):
            again = tuple(_made_again(placed, swap, removals, cut))
            changes[swap] = _with_step(placed[swap], cut, _joined(cut, _steps(placed, removals), _steps(placed, again)))
            for number in (*removals, *again):
                changes[number] = replace(placed[number], rewrite=_without_steps(placed[number].rewrite))
    return tuple(changes)


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


def _made_again(placed: Sequence[Placed], swap: int, removals: Sequence[int], cut: CutOver) -> Iterator[int]:
    """Yield what makes a removed thing again, or is about it, and rests on nothing between the swap and it."""
    removed, between = Record(), Record()
    for number in removals:
        removed.add(number, placed[number].touches)
    for number in range(swap + 1, len(placed)):
        change = placed[number]
        about = change.kind in _MAKE_AGAIN and _can_join(change, cut) and removed.needed_by(change.touches)
        if about and not between.needed_by(change.touches):
            removed.add(number, change.touches)
            yield number
        elif change.rewrite.expand or change.rewrite.migrate:
            between.add(number, change.touches)


def _can_join(change: Placed, cut: CutOver) -> bool:
    steps = change.rewrite.migrate
    alike = (isinstance(step, Ddl) and step.search_path == cut.search_path for step in steps)
    return bool(steps) and change.begins is change.settled is PhaseName.MIGRATE and all(alike)


def _steps(placed: Sequence[Placed], numbers: Sequence[int]) -> tuple[Ddl, ...]:
    return tuple(step for n in numbers for step in placed[n].rewrite.migrate if isinstance(step, Ddl))


def _joined(cut: CutOver, before: tuple[Ddl, ...], behind: tuple[Ddl, ...]) -> CutOver:
    steps = (*before, cut, *behind)
    reversible = all(step.reversible for step in steps)
    return replace(
        cut,
        purpose="; ".join(step.purpose for step in steps),
        sql=tuple(sql for step in steps for sql in step.sql),
        locks=strongest(lock for step in steps for lock in step.locks),
        undo=tuple(sql for step in reversed(steps) for sql in step.undo) if reversible else (),
        reversible=reversible,
    )


def _with_step(change: Placed, old: CutOver, new: CutOver) -> Placed:
    migrate = tuple(new if step is old else step for step in change.rewrite.migrate)
    return replace(change, rewrite=replace(change.rewrite, migrate=migrate))


def _without_steps(rewrite: Rewrite) -> Rewrite:
    return Rewrite(settled=PhaseName.MIGRATE, online=rewrite.online, notes=rewrite.notes, late=rewrite.late)
