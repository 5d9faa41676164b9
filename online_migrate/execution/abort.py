"""Putting an unfinished deploy back to where it began, last step first."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

from online_migrate.backfilling.undoing import undo as undo_backfill
from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import DatabaseMoved, NothingToAbort, NotReversible
from online_migrate.events import Observer, StepUndone
from online_migrate.execution import concurrent, journal, pooling, schema, server, statements, transactional
from online_migrate.execution.engine import Engine, Termination
from online_migrate.execution.failures import resumable
from online_migrate.execution.journal import DeployRecord, StepRecord
from online_migrate.execution.lease import DURATION_S, Lease
from online_migrate.execution.termination import clearing
from online_migrate.execution.versions import heads, moves_version
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.names import Lock, LockMode
from online_migrate.plan.steps import Backfill, ConcurrentDdl, CutOver, Ddl, RunRevision, Step, Validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What an abort would do about one step.

    Attributes:
        statements: run in this order; empty where nothing of the step is left or needs undoing.
        restores_rows: old values of rows are put back from before-images.
        possible: False where the step is done and cannot be put back.
    """

    step: Step
    statements: tuple[str, ...]
    restores_rows: bool
    possible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """An abort that is done. `kept`: steps that could not be put back and were left by force."""

    deploy_id: int
    undone: tuple[Step, ...]
    kept: tuple[Step, ...]


def what_abort_would_do(database: Database) -> tuple[Undo, ...]:
    """Return what `abort` would do, in the order it would; changes nothing.

    Raises:
        NothingToAbort: no deploy is unfinished, or its contract phase has begun.
        DatabaseMoved: the database has gone on to other revisions since.
    """
    with database.connect("abort") as connection:
        record = _abortable(connection)
        return _undos(connection, record)


def abort(
    *,
    database: Database,
    clock: Clock,
    observer: Observer,
    should_stop: Callable[[], bool],
    force: bool = False,
    wait: bool = False,
    termination: Termination | None = None,
    lease_s: float = DURATION_S,
) -> Aborted:
    """Undo every step that is done or begun, last first, and close the deploy; the same call carries on.

    Each undo is a short transaction under the lock policy, journaled in it (an index is dropped concurrently). What
    somebody has dropped meanwhile is passed over, and said by name in the step's StepUndone.

    Args:
        force: leave steps that cannot be put back as they are, instead of refusing.
        termination: which sessions in the way are ended; None: none.

    Raises:
        NothingToAbort, DatabaseMoved: see what_abort_would_do.
        DirectConnectionNeeded: an index is dropped concurrently, through a pooler in transaction mode.
        NotReversible: names the steps; nothing was undone.
        ResumableError: stopped part of the way.
    """
    with database.connect("abort") as connection:
        server.admit(connection)
        own_session = pooling.admit(connection, database)
        begun = [undo.step for undo in _undos(connection, _abortable(connection)) if undo.possible]
        pooling.require_sessions(begun, own_session=own_session)
    with (
        resumable(),
        Lease(
            database.direct,
            clock=clock,
            should_stop=should_stop,
            own_session=own_session,
            wait=wait,
            duration_s=lease_s,
        ) as lease,
        database.connect("abort") as connection,
    ):
        schema.install(connection)
        record = _abortable(connection)
        undos = _undos(connection, record)
        kept = tuple(undo.step for undo in undos if not undo.possible)
        if kept and not force:
            raise NotReversible(
                f"These steps are done and cannot be put back: {', '.join(f'{s.id} ({s.purpose})' for s in kept)}.",
                hint="Finish the deploy instead, or leave them as they are with `online-migrate abort --force`.",
            )
        engine = Engine(
            database=database,
            policy=record.plan().policy,
            clock=clock,
            observer=observer,
            should_stop=should_stop,
            lease=lease,
            deploy_id=record.id,
            termination=termination,
        )
        engine.move(connection, "aborting", record.phase)
        for undo in undos:
            engine.check()
            _undo(engine, connection, undo)
        engine.move(connection, "aborted", record.phase)
    return Aborted(deploy_id=record.id, undone=tuple(u.step for u in undos if u.possible), kept=kept)


def _abortable(connection: psycopg.Connection) -> DeployRecord:
    record = journal.unfinished(connection) or next(reversed(journal.awaiting_contract(connection)), None)
    if record is None:
        raise NothingToAbort("No deploy is unfinished.", hint="See `online-migrate status`.")
    if record.phase == PhaseName.CONTRACT:
        raise NothingToAbort(
            f"The contract phase of deploy {record.id} has begun; what old code needed is going.",
            hint="Finish it with `online-migrate deploy --phase contract`.",
        )
    return record


def _undos(connection: psycopg.Connection, record: DeployRecord) -> tuple[Undo, ...]:
    plan = record.plan()
    records = {r.step_id: r for r in journal.steps(connection, record.id)}
    _not_moved_on(connection, plan, records)
    begun = [step for phase in plan.phases for step in phase.steps if records[step.id].state in ("running", "done")]
    return tuple(_what(connection, step, records[step.id]) for step in reversed(begun))


def _what(connection: psycopg.Connection, step: Step, record: StepRecord) -> Undo:
    changed = record.state == "done"
    if not changed:
        # A transactional step that is not journaled as done was rolled back; of the others a part may be done.
        rolled_back = isinstance(step, Ddl | CutOver | Validate)
        changed = not rolled_back and (
            isinstance(step, Backfill | ConcurrentDdl) or statements.is_done(connection, step) is not False
        )
    restores = isinstance(step, Backfill) and step.keeps_before_image
    return Undo(
        step=step,
        statements=step.undo if changed else (),
        restores_rows=changed and restores,
        possible=step.reversible or not changed,
    )


def _not_moved_on(connection: psycopg.Connection, plan: Plan, records: dict[str, StepRecord]) -> None:
    """Refuse where later revisions rest on what would be undone."""
    if plan.version_table is None:
        return
    table = plan.version_table.name
    found = heads(connection, table)
    stamped = any(
        moves_version(step, table) and records[step.id].state == "done" for phase in plan.phases for step in phase.steps
    )
    python = any(isinstance(step, RunRevision) for phase in plan.phases for step in phase.steps)
    if set(found) != set(plan.target if stamped else plan.current) and not python:
        raise DatabaseMoved(
            f"The database is at {', '.join(found) or 'no revision'}, which is not where this deploy left it.",
            hint="Later revisions may rest on it: downgrade them with Alembic first.",
        )


def _undo(engine: Engine, connection: psycopg.Connection, undo: Undo) -> None:
    step = undo.step
    gone: tuple[str, ...] = ()
    if undo.possible and isinstance(step, Ddl | CutOver | Validate) and undo.statements:
        # Taking back is as strong as it gets, whatever the way there needed (DROP CONSTRAINT after NOT VALID).
        locks = tuple(_strongest(lock) for lock in step.locks)
        gone = transactional.undo(engine, replace(step, locks=locks))
    else:
        if undo.possible and isinstance(step, ConcurrentDdl):
            gone = concurrent.undo(engine, step)
        if undo.possible and isinstance(step, Backfill):
            job = engine.job(step, should_stop=lambda: False)
            gone = undo_backfill(replace(job, clear=clearing(engine, step, {}))).gone
        engine.journal.mark_step(connection, engine.deploy_id, step, "undone")
    engine.observer(StepUndone(step=step, gone=gone))


def _strongest(lock: Lock) -> Lock:
    weak = lock.mode.strength < LockMode.SHARE_UPDATE_EXCLUSIVE.strength
    return lock if weak else Lock(lock.relation, LockMode.ACCESS_EXCLUSIVE)
