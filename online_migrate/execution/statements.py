"""Running the texts of a step: its statements, its done-check, and long ones that can be broken off."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import psycopg
from psycopg import errors as pg

from online_migrate.errors import StepNotDone
from online_migrate.execution.engine import Engine
from online_migrate.plan.steps import Step

TICK_S = 0.25
WATCH_EVERY = 8
CANCEL_S = 5.0


def is_done(connection: psycopg.Connection, step: Step) -> bool | None:
    """Return what the step's done-check says; None where it has none."""
    if step.done_check is None:
        return None
    row = connection.execute(step.done_check.encode()).fetchone()
    return row is not None and bool(row[0])


def verify(connection: psycopg.Connection, step: Step) -> None:
    """Raise StepNotDone where the done-check says that the step is not done."""
    if is_done(connection, step) is False:
        raise StepNotDone(
            f"{step.id} ({step.purpose}) ran without an error, but its done-check says that it is not done.",
            hint="Please report this with the plan: the step's statements and its check do not agree.",
        )


def execute(engine: Engine, connection: psycopg.Connection, statement: str, watch: Callable[[], None]) -> None:
    """Run a statement that may take hours; `watch` is called while it does.

    Raises:
        Stopped, LeaseLost: asked to stop; the statement was cancelled.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="statement") as pool:
        future = pool.submit(_execute, connection, statement)
        try:
            _follow(engine, connection, future, watch)
        finally:
            if not future.done():
                connection.cancel_safe(timeout=CANCEL_S)


def _execute(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement.encode())


def _follow(engine: Engine, connection: psycopg.Connection, future: Future[None], watch: Callable[[], None]) -> None:
    ticks = 0
    while not wait((future,), timeout=TICK_S).done:
        ticks += 1
        if engine.must_stop():
            connection.cancel_safe(timeout=CANCEL_S)
        elif ticks % WATCH_EVERY == 0:
            watch()
    try:
        future.result()
    except pg.QueryCanceled:
        engine.check()
        raise
