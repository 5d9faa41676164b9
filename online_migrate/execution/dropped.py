"""Tables that contract has put aside instead of dropping them: what there is, put back, and dropped for good."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from online_migrate.errors import LocksNotAvailable, NameTaken
from online_migrate.execution import journal
from online_migrate.execution.queries import query
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Ddl

_LOCK_TIMEOUT_MS = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A table that is kept aside.

    Attributes:
        table: the name that it had.
        aside: the one that it has.
        until: when the days are over for which it is kept.
        over: they are.
        step: what put it aside; its undo puts it back.
        lost: the statements that add the foreign keys again which went before it.
    """

    table: RelationName
    aside: RelationName
    dropped_at: datetime
    until: datetime
    over: bool
    step: Ddl
    lost: tuple[str, ...]


def dropped(connection: psycopg.Connection) -> tuple[Dropped, ...]:
    """Return the tables that are kept aside, those first that were dropped first; locks nothing."""
    found: list[Dropped] = []
    now = connection.execute("SELECT pg_catalog.now()").fetchone()
    assert now is not None
    for record in journal.deploys(connection, ("running", "gate", "done")):
        plan = record.plan()
        at = {r.step_id: r.finished_at for r in journal.steps(connection, record.id) if r.state == "done"}
        for step, aside in _asides(plan):
            dropped_at = at.get(step.id)
            if dropped_at is not None and _exists(connection, aside):
                until = dropped_at + timedelta(days=plan.policy.keep_dropped_days)
                found.append(
                    Dropped(
                        table=step.locks[0].relation,
                        aside=aside,
                        dropped_at=dropped_at,
                        until=until,
                        over=until <= now[0],
                        step=step,
                        lost=tuple(_lost(plan, step)),
                    )
                )
    return tuple(sorted(found, key=lambda one: one.dropped_at))


def restore(connection: psycopg.Connection, kept: Dropped) -> None:
    """Give a table its name and its schema back, in one transaction.

    Takes ACCESS EXCLUSIVE on the table, which no code knows.

    Raises:
        LocksNotAvailable: somebody uses it for longer than three seconds; nothing is done.
        NameTaken: something has its name by now; nothing is done.
    """
    try:
        _run(connection, kept, kept.step.undo)
    except psycopg.errors.DuplicateTable as error:
        raise NameTaken(
            f"{kept.table} cannot be put back: {error.diag.message_primary}.",
            hint=f"Rename what has the name, or look at the rows where they are: {kept.aside}.",
        ) from error


def drop(connection: psycopg.Connection, kept: Dropped) -> None:
    """Drop a table for good. Locks as `restore`.

    Raises:
        LocksNotAvailable: as `restore`.
    """
    table, schema = sql.Identifier(kept.aside.schema, kept.aside.name), sql.Identifier(kept.aside.schema)
    statements = (sql.SQL("DROP TABLE {}").format(table), sql.SQL("DROP SCHEMA {}").format(schema))
    _run(connection, kept, (statement.as_string(connection) for statement in statements))


def _asides(plan: Plan) -> Iterator[tuple[Ddl, RelationName]]:
    for step in plan.phase(PhaseName.CONTRACT).steps:
        if isinstance(step, Ddl) and step.aside is not None:
            yield step, step.aside


def _lost(plan: Plan, aside: Ddl) -> Iterator[str]:
    """Yield what adds again what the same operation dropped before."""
    for step in plan.phase(PhaseName.CONTRACT).steps:
        if step.operation == aside.operation and step is not aside:
            yield from step.undo


def _exists(connection: psycopg.Connection, relation: RelationName) -> bool:
    name = sql.Identifier(relation.schema, relation.name).as_string(connection)
    row = connection.execute("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", [name]).fetchone()
    return row is not None and bool(row[0])


def _run(connection: psycopg.Connection, kept: Dropped, statements: Iterable[str]) -> None:
    try:
        with connection.transaction():
            connection.execute(query("lock_timeout"), {"lock_timeout_ms": _LOCK_TIMEOUT_MS})
            for statement in statements:
                connection.execute(statement.encode())
    except psycopg.errors.LockNotAvailable as error:
        raise LocksNotAvailable(
            f"{kept.aside}, which was {kept.table}, is used by somebody.",
            hint="Wait until that session is done, or end it, and run the same command again.",
        ) from error
