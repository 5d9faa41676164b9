"""Running one step, whatever its kind, with its journal rows around it."""

from collections.abc import Callable
from dataclasses import replace

from online_migrate.backfilling import engine as backfill
from online_migrate.backfilling.computed import Computing, nobody_computes, walking
from online_migrate.backfilling.engine import MakeMethodFor
from online_migrate.errors import (
    Cancelled,
    LeaseLost,
    LocksNotAvailable,
    OnlineMigrateError,
    ResumableError,
    SnapshotsInTheWay,
    Stopped,
    UsageError,
)
from online_migrate.events import StepFinished, StepStarted
from online_migrate.execution import concurrent, statements, termination, transactional
from online_migrate.execution.engine import Engine
from online_migrate.execution.journal import StepRecord, StepState
from online_migrate.execution.locks import Tries
from online_migrate.plan.steps import Backfill, ConcurrentDdl, CutOver, Ddl, RunRevision, Step, Validate

RunRevisionWith = Callable[[RunRevision, str], None]
"""Runs a revision, and in the same transaction a statement of ours, which must return a row."""


def run(
    engine: Engine,
    step: Step,
    record: StepRecord,
    total: int,
    *,
    run_revision: RunRevisionWith,
    computing: Computing = nobody_computes,
) -> None:
    """Run a step that is not done, and journal it as done.

    A step whose statements and journal row cannot be one transaction may have been done by a try that died in
    between: then its done-check says so, and it is only journaled.

    Raises:
        StatementFailed: somebody else has made an index of the name that the step builds.
        Whatever the step's kind raises; the journal then still says that it is not done.
    """
    started = engine.clock.now()
    engine.observer(StepStarted(step=step, phase=record.phase, position=record.position, total=total))
    begun = record.state != "pending"
    if isinstance(step, ConcurrentDdl):
        concurrent.refuse_others(engine, step, begun=begun)
    if begun and _was_done(engine, step):
        _mark(engine, step, "done", Tries())
        engine.observer(StepFinished(step=step, seconds=engine.clock.now() - started, skipped=True))
        return
    with engine.database.connect("journal") as connection:
        engine.journal.mark_step(connection, engine.deploy_id, step, "running", attempts=1)
    tries = Tries()
    try:
        _run(engine, step, tries, run_revision=run_revision, computing=computing)
    except (LocksNotAvailable, SnapshotsInTheWay, Stopped, Cancelled):
        if tries.blockers:
            _mark(engine, step, "running", tries)
        raise
    except OnlineMigrateError as error:
        if not isinstance(error, ResumableError | UsageError) and not _is_ours(engine):
            # Whoever has the lease has gone on meanwhile: the step met a schema that is further.
            raise LeaseLost() from error
        raise
    engine.observer(
        StepFinished(
            step=step,
            seconds=engine.clock.now() - started,
            waited_s=tries.waited_s,
            held_s=tries.held_s,
            attempts=max(tries.count, 1),
        )
    )


def _run(engine: Engine, step: Step, tries: Tries, *, run_revision: RunRevisionWith, computing: Computing) -> None:
    """Run the step, filling `tries`, and journal it as done: in its own transaction where it has one."""
    if isinstance(step, Ddl | CutOver | Validate):
        transactional.run(engine, step, tries)
        return
    if isinstance(step, ConcurrentDdl):
        concurrent.run(engine, step, tries)
    elif isinstance(step, Backfill) and step.function is not None:
        with computing(step) as compute:
            _backfill(engine, step, tries, walking(compute))
    elif isinstance(step, Backfill):
        _backfill(engine, step, tries)
    elif isinstance(step, RunRevision):
        with engine.database.connect("journal") as connection:
            mark = engine.journal.done_in_the_same_transaction(connection, engine.deploy_id, step)
        run_revision(step, mark)
        return
    _mark(engine, step, "done", tries)


def _is_ours(engine: Engine) -> bool:
    with engine.database.connect("lease") as connection:
        try:
            engine.journal.fence(connection)
        except LeaseLost:
            return False
    return True


def _was_done(engine: Engine, step: Step) -> bool:
    if not isinstance(step, ConcurrentDdl):
        return False
    with engine.database.connect("check") as connection:
        return statements.is_done(connection, step) is True


def _backfill(engine: Engine, step: Backfill, tries: Tries, make_method: MakeMethodFor | None = None) -> None:
    clear = termination.clearing(engine, step, tries.blockers)
    try:
        backfill.run(replace(engine.job(step, should_stop=engine.must_stop), clear=clear), make_method)
    except Stopped:
        engine.check()
        raise


def _mark(engine: Engine, step: Step, state: StepState, tries: Tries) -> None:
    with engine.database.connect("journal") as connection:
        engine.journal.mark_step(
            connection,
            engine.deploy_id,
            step,
            state,
            attempts=max(tries.count - 1, 0),
            waited_s=tries.waited_s,
            held_s=tries.held_s,
            blockers=tries.blockers.values(),
        )
