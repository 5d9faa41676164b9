"""Ending the sessions that are in the way, where an operator has ordered it and never otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row, dict_row

from online_migrate.backfilling.job import Clear
from online_migrate.events import Blocker, Ended, Spared
from online_migrate.execution.engine import Engine
from online_migrate.execution.journal import describe_blocker
from online_migrate.execution.queries import query
from online_migrate.grammar.tree import without_literals
from online_migrate.plan.steps import Step

# What "ours", "young" and "gone" are needs no words: such a session goes by itself.
REASONS = {
    "autovacuum": "autovacuum is never ended; where it does not protect against wraparound it gives way by itself",
    "server": "replication and the server's own processes are never ended",
    "active": "it is at work; only --terminate-active would end it",
    "hidden": "role {role} may not see what it does: GRANT pg_read_all_stats, pg_signal_backend TO it",
    "not allowed": "role {role} may not end it: GRANT pg_signal_backend TO it; only a superuser ends a superuser's",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSession:
    """A session that a deploy ended; `query` is what it ran last, with $1, $2, ... for the constants."""

    step_id: str
    at: datetime
    pid: int
    user: str
    application_name: str
    state: str
    age_s: float
    query: str


def ended(connection: psycopg.Connection, deploy_id: int) -> tuple[EndedSession, ...]:
    """Return the sessions that a deploy has ended so far, in that order."""
    with connection.cursor(row_factory=class_row(EndedSession)) as cursor:
        return tuple(cursor.execute(query("ended"), {"deploy_id": deploy_id}).fetchall())


def end(
    engine: Engine, step: Step, connection: psycopg.Connection, found: Iterable[Blocker], *, waited_s: float
) -> None:
    """End what the engine's order covers of the sessions found, once the step has waited long enough.

    Who was ended is journaled; of who was spared the observer is told why. The journal's fence is held meanwhile,
    so that an engine which has lost its lease ends nobody.

    Raises:
        LeaseLost: nobody was ended.
    """
    order = engine.termination
    if order is None or waited_s < order.after_s:
        return
    by_pid = {blocker.pid: blocker for blocker in found}
    values = {"pids": list(by_pid), "after_s": order.after_s, "active": order.active}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        engine.journal.fence(connection)
        for row in cursor.execute(query("terminate"), values).fetchall():
            blocker = by_pid[row["pid"]]
            if row["verdict"] == "ended":
                detail = describe_blocker(blocker) | {"query": _command(row["query"])}
                engine.journal.note(connection, engine.deploy_id, step, "session_ended", detail)
                engine.observer(Ended(step=step, blocker=blocker))
            elif row["verdict"] in REASONS:
                reason = REASONS[row["verdict"]].format(role=row["role"])
                engine.observer(Spared(step=step, blocker=blocker, reason=reason))


def clearing(engine: Engine, step: Step, noted: dict[int, Blocker]) -> Clear:
    """Return what a backfill calls about those in the way of a batch: they are noted by pid, and ended as ordered."""

    def clear(connection: psycopg.Connection, found: tuple[Blocker, ...], waited_s: float) -> None:
        noted.update({blocker.pid: blocker for blocker in found})
        end(engine, step, connection, found, waited_s=waited_s)

    return clear


def _command(text: str) -> str:
    """Return what a session ran without its constants, which are the application's secrets."""
    known = without_literals(text)
    if known is not None:
        return known
    # The server keeps only the beginning of a long statement, which does not parse: its first word is harmless.
    return f"{text.split(maxsplit=1)[0]} ..." if text.strip() else ""
