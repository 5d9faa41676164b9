"""Batches whose new values a Python function computes: read and locked, computed, written, in one commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

from psycopg import RawCursor
from psycopg.types.json import Json

from online_migrate.backfilling.job import Job
from online_migrate.backfilling.keyset import Keyset
from online_migrate.backfilling.method import Batch, Method
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.target import Target
from online_migrate.backfilling.whole import Whole
from online_migrate.errors import BackfillRefused, ComputedWrong
from online_migrate.plan.steps import Backfill

Compute = Callable[[Sequence[Mapping[str, Any]]], Iterable[Mapping[str, Any] | None]]
"""Takes rows as mappings; returns for each, in the same order, its new values by column, or None to leave it alone."""

Computing = Callable[[Backfill], AbstractContextManager[Compute]]
"""Gives the function that a step names, for as long as the block lasts."""


def nobody_computes(step: Backfill) -> AbstractContextManager[Compute]:
    """Refuse a step whose values are computed, where the project that has the function is not known."""
    raise BackfillRefused(
        f"{step.id} needs the Python function {step.function} of a project.",
        hint="Run the command where the project's migrations are.",
    )


_JSON = frozenset({"json", "jsonb"})


def walking(compute: Compute) -> Callable[[Job, Session, Target], Method]:
    """Return what makes the way of walking a step whose values are computed; workers take turns in calling it."""
    turn = Lock()

    def in_turn(rows: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any] | None]:
        with turn:
            return compute(rows)

    def make(job: Job, session: Session, facts: Target) -> Method:
        method = _ByKey(job, session) if job.step.method == "keyset" else _AtOnce(job, session)
        method.prepare(in_turn, facts)
        return method

    return make


def new_values(
    name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], computed: Iterable[Mapping[str, Any] | None]
) -> list[tuple[Any, ...] | None]:
    """Return for each row the values of the columns, None for a row to leave alone.

    Args:
        name: of the function, for messages.

    Raises:
        ComputedWrong: not one mapping per row, or not exactly these columns in one.
    """
    given: object = computed
    if isinstance(given, Mapping | str) or not isinstance(given, Iterable):
        raise ComputedWrong(
            f"{name} returned {type(given).__name__} for a batch of {len(rows)} rows.",
            hint="Return a list with one mapping per row, or yield them.",
        )
    answers: list[Any] = list(computed)
    if len(answers) != len(rows):
        raise ComputedWrong(
            f"{name} returned {len(answers)} results for a batch of {len(rows)} rows.",
            hint="Return one for each row, in the same order; None leaves a row as it is.",
        )
    wanted = set(columns)
    for answer in answers:
        if answer is not None and (not isinstance(answer, Mapping) or set(answer) != wanted):
            raise ComputedWrong(
                f"{name} returned {answer!r:.60} for a row; it is to give {', '.join(columns)}.",
                hint="Return a mapping with exactly the columns that are filled.",
            )
    return [None if answer is None else tuple(answer[column] for column in columns) for answer in answers]


class _Computed(Method):
    """What both ways have in common: the step's statement reads, and what is computed is written by ctid."""

    _job: Job
    _compute: Compute
    _json: tuple[bool, ...]

    def prepare(self, compute: Compute, facts: Target) -> None:
        """Say what computes the values, and what is known of the table."""
        types = {name: type_ for name, type_, _ in facts.columns}
        self._compute = compute
        self._json = tuple(types[column] in _JSON for column in self._job.step.columns)

    def change(self, cursor: RawCursor[Any], batch: Batch) -> int:
        step = self._job.step
        statement, parameters = self.statement(batch)
        found = cursor.execute(statement.encode(), parameters).fetchall()
        rows = [dict(zip(step.reads, values, strict=True)) for _, *values in found]
        if not rows:
            return 0
        assert step.function is not None
        assert step.write is not None
        values = new_values(step.function, step.columns, rows, self._compute(rows))
        written = [(*self._adapted(new), row[0]) for new, row in zip(values, found, strict=True) if new is not None]
        if written:
            cursor.executemany(step.write.encode(), written)
        return len(written)

    def _adapted(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = zip(values, self._json, strict=True)
        return tuple(Json(value) if json and value is not None else value for value, json in pairs)


class _ByKey(_Computed, Keyset):
    pass


class _AtOnce(_Computed, Whole):
    pass
