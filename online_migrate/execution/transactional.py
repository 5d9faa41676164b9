"""Ddl, CutOver and Validate: one transaction under the lock policy, its journal row in the same one."""

import psycopg

from online_migrate.execution import locks, statements
from online_migrate.execution.engine import Engine
from online_migrate.execution.failures import failure
from online_migrate.execution.gone import passing_over
from online_migrate.execution.journal import StepState, settled
from online_migrate.execution.locks import Body, Transaction, Tries
from online_migrate.plan.steps import CutOver, Ddl, Validate

TransactionalStep = Ddl | CutOver | Validate


def run(engine: Engine, step: TransactionalStep, tries: Tries) -> None:
    """Run the step and journal it as done, both or neither; `tries` is filled on the way.

    Raises:
        StatementFailed (and its kinds), StepNotDone: rolled back; a person is needed.
        LocksNotAvailable, ConnectionLost, Stopped, LeaseLost: rolled back; resumable.
    """

    def body(connection: psycopg.Connection, tries: Tries) -> None:
        for statement in step.sql:
            if _takes_its_time(step):
                statements.execute(engine, connection, statement, _nothing)
            else:
                connection.execute(statement.encode())
        statements.verify(connection, step)
        _journal(engine, connection, step, "done", tries)

    _run(engine, step, body, "done", tries)


def undo(engine: Engine, step: TransactionalStep) -> tuple[str, ...]:
    """Run the step's undo and journal it as undone, both or neither. Raises as `run` does.

    Returns what the server said of statements whose object is gone: they were passed over.
    """
    gone: list[str] = []

    def body(connection: psycopg.Connection, tries: Tries) -> None:
        gone.clear()
        for statement in step.undo:
            with passing_over(connection, engine.deploy_id, step, gone), connection.transaction():
                connection.execute(statement.encode())
        _journal(engine, connection, step, "undone", tries)

    _run(engine, step, body, "undone", Tries())
    return tuple(gone)


def _run(engine: Engine, step: TransactionalStep, body: Body, state: StepState, tries: Tries) -> None:
    transaction = Transaction(
        step=step,
        locks=step.locks,
        statement_timeout_ms=0 if _takes_its_time(step) else engine.policy.statement_timeout_ms,
        body=body,
        settled=lambda connection: settled(connection, engine.deploy_id, step.id, state),
    )
    try:
        locks.run(engine, transaction, tries)
    except psycopg.Error as error:
        raise failure(step, error, undoing=state == "undone") from error


def _journal(
    engine: Engine, connection: psycopg.Connection, step: TransactionalStep, state: StepState, tries: Tries
) -> None:
    engine.journal.mark_step(
        connection,
        engine.deploy_id,
        step,
        state,
        attempts=tries.count - 1,
        waited_s=tries.waited_s,
        held_s=engine.clock.now() - tries.acquired_at,
        blockers=tries.blockers.values(),
    )


def _takes_its_time(step: TransactionalStep) -> bool:
    """A validation reads the whole table under a lock that stops nobody's reads or writes."""
    return isinstance(step, Validate) or (isinstance(step, Ddl) and not step.brief)


def _nothing() -> None:
    """Watch nothing: the observer was told that the step began."""
