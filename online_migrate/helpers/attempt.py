"""One attempt at a revision: what its helpers have done already in an attempt that failed, is not done again.

A helper's work is committed and journaled by itself. The journal calls it stamped in the very transaction that moves
alembic_version, so that a script which fails after the helper finds the work done, and one that is run anew after a
downgrade does not.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import DatabaseMoved
from online_migrate.execution import schema
from online_migrate.helpers.revision import calling_frame
from online_migrate.plan.operation import Operation
from online_migrate.plan.serialise import from_json

_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('online_migrate helper', 0))"
_POLL_S = 0.25


class Attempt:
    """Called by Alembic each time it has moved the version; kept in its context meanwhile."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, ...]] = Counter()
        self._deploys: list[int] = []

    def occurrence(self, statements: Sequence[str]) -> int:
        """Return how often the revision has called a helper for these statements, this time included."""
        self._calls[tuple(statements)] += 1
        return self._calls[tuple(statements)]

    def note(self, deploy: int) -> None:
        """Remember a deploy that this revision needs no more once it is stamped."""
        self._deploys.append(deploy)

    def __call__(self, *, ctx: MigrationContext, **_others: Any) -> None:
        if self._deploys:
            assert ctx.connection is not None
            statement = sa.text(files(__package__).joinpath("sql", "stamped.sql").read_text(encoding="utf-8"))
            ctx.connection.execute(statement, {"deploys": self._deploys})
        self._deploys, self._calls = [], Counter()


def attempt_of(context: MigrationContext) -> Attempt | None:
    """Return the attempt that is under way; None where no revision is run, and so none will be stamped."""
    if context.opts.get("fn") is None:
        return None
    known = next((c for c in context.on_version_apply_callbacks if isinstance(c, Attempt)), None)
    if known is None:
        known = Attempt()
        context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, known)
    return known


@contextmanager
def turn(database: Database) -> Iterator[None]:
    """Wait until no other process is in a helper, and keep others out inside the block.

    Without it a second process that runs the same migration could look for what the first one has done just before
    that is done. Nobody waits inside a statement, and none with parameters is run here, whose portal stays open:
    its snapshot would keep the other's index build waiting.
    """
    clock = SystemClock()
    with database.connect("helper") as connection, connection.transaction():
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        while connection.execute(_TURN).fetchone() != (True,):
            clock.sleep(_POLL_S)
        yield


def refuse_if_applied(context: MigrationContext) -> None:
    """Refuse to go on with a revision that another process has meanwhile upgraded to, or taken back.

    Raises:
        DatabaseMoved: nothing of this revision that is not committed already was done.
    """
    for function, applied in (("upgrade", True), ("downgrade", False)):
        frame = calling_frame(function)
        revision = frame.f_globals["revision"] if frame is not None else None
        if revision is not None and (revision in context.get_current_heads()) is applied:
            done = "applied" if applied else "taken back"
            raise DatabaseMoved(
                f"Another process has meanwhile {done} revision {revision}.", hint="There is nothing left to do."
            )


def done_before(database: Database, heads: tuple[str, ...], operations: tuple[Operation, ...]) -> int | None:
    """Return the deploy that did the operations in an attempt at this revision that failed afterwards."""
    with database.connect("helper") as connection:
        if not schema.exists(connection):
            return None
        query = files(__package__).joinpath("sql", "not_stamped.sql").read_bytes()
        found = connection.execute(query, {"heads": list(heads)}).fetchall()
    return next((deploy for deploy, plan in found if operations_of(from_json(plan)) == operations), None)


def operations_of(plan: Any) -> tuple[Operation, ...]:
    """Return the operations of a plan in the order in which they were asked for."""
    return tuple(sorted((p.operation for p in plan.operations), key=lambda o: o.id))
