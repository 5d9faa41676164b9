"""Carrying a plan out: phase by phase, step by step, from wherever the journal says it stands."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import psycopg

from online_migrate.backfilling.computed import Computing, nobody_computes
from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import DatabaseMoved, DeployUnfinished
from online_migrate.events import Observer, PhaseFinished
from online_migrate.execution import admission, journal, pooling, resume, schema, server, steps, termination
from online_migrate.execution.admission import Fingerprint
from online_migrate.execution.engine import Engine, Termination
from online_migrate.execution.failures import resumable
from online_migrate.execution.journal import DeployRecord, DeployState
from online_migrate.execution.lease import DURATION_S, Lease
from online_migrate.execution.orders import Orders
from online_migrate.execution.recycling import recycle
from online_migrate.execution.steps import RunRevisionWith
from online_migrate.execution.termination import EndedSession
from online_migrate.execution.versions import IsAncestor, heads, stands
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.serialise import plan_hash
from online_migrate.plan.steps import Gate, Step
from online_migrate.policy import Policy

BEFORE_GATE = (PhaseName.EXPAND, PhaseName.MIGRATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How far a deploy came.

    Attributes:
        deploy_id: None where there was nothing to do.
        state: as the journal has it; "done" where there was nothing to do.
        pending: steps still to run, in order: those behind the gate, or behind a phase not asked for.
        plan: what was carried out; None where there was nothing to do.
        ended: sessions in the way that the deploy has ended, in this call and in earlier ones.
        seconds: that this call took.
    """

    deploy_id: int | None
    state: DeployState
    pending: tuple[Step, ...]
    seconds: float
    ended: tuple[EndedSession, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deploy is run with.

    Attributes:
        phases: those to run now; asking for contract opens the gate before it.
        run_revision: runs a revision that is Python; raises errors of this package.
        should_stop: asked between steps, in waits and between batches.
        fingerprint: of the catalog facts about some relations, as the plan's was made.
        is_ancestor: whether a revision is an ancestor of another.
        wait: wait for another engine instead of raising LeaseHeld.
        computing: gives the Python function that computes a backfill's values.
        adjust: returns the policy to run with, of the one that the plan was made with.
        termination: which sessions in the way are ended; None: none.
        recycle: a LIKE pattern of the application_name of sessions that are ended, when idle, after a step that
            breaks what they have prepared; None: none.
    """

    phases: tuple[PhaseName, ...]
    clock: Clock
    observer: Observer
    run_revision: RunRevisionWith
    should_stop: Callable[[], bool]
    fingerprint: Fingerprint
    is_ancestor: IsAncestor
    wait: bool = False
    adjust: Callable[[Policy], Policy] = lambda policy: policy
    termination: Termination | None = None
    recycle: str | None = None
    computing: Computing = nobody_computes
    lease_s: float = DURATION_S


def deploy(plan: Plan | None, *, database: Database, settings: Settings) -> Outcome:
    """Run a plan, or carry on with the one that is unfinished, or (no plan) with contracts that are due.

    An unfinished deploy is carried on from the plan in the journal. Where plain Alembic has meanwhile done what
    it was to do, it is closed as superseded. Whatever stops this call, the same call carries on.

    Raises:
        UsageError (see admission.admit): refused; nothing was written.
        DeployUnfinished: another plan's deploy is unfinished.
        ResumableError: stopped part of the way.
        OnlineMigrateError: a step failed and needs a person.
    """
    started = settings.clock.now()
    with database.connect("admission") as connection:
        server.admit(connection)
        own_session = pooling.admit(connection, database)
        if not _has_work(connection, plan, settings, own_session=own_session):
            return Outcome(deploy_id=None, state="done", pending=(), seconds=settings.clock.now() - started)
        # An older journal is brought up to date by whoever has the lease: not under an engine that writes it.
        if not schema.exists(connection):
            schema.install(connection)
    with resumable(), _lease(database, settings, own_session=own_session) as lease:
        outcomes = [_carry_on(database, settings, lease, record) for record in _due(database, settings, lease, plan)]
    seconds = settings.clock.now() - started
    if not outcomes:
        return Outcome(deploy_id=None, state="done", pending=(), seconds=seconds)
    return replace(outcomes[-1], seconds=seconds)


def _has_work(connection: psycopg.Connection, plan: Plan | None, settings: Settings, *, own_session: bool) -> bool:
    """Refuse, or say that there is nothing to do, before the journal is even created."""
    if journal.unfinished(connection) is not None:
        return True
    if plan is not None and not _is_reached(connection, plan):
        _admit(connection, plan, settings, own_session=own_session)
        return True
    return PhaseName.CONTRACT in settings.phases and bool(journal.awaiting_contract(connection))


def _admit(connection: psycopg.Connection, plan: Plan, settings: Settings, *, own_session: bool) -> None:
    admission.admit(
        connection,
        plan,
        fingerprint=settings.fingerprint,
        is_ancestor=settings.is_ancestor,
        own_session=own_session,
    )


def _lease(database: Database, settings: Settings, *, own_session: bool) -> AbstractContextManager[Lease]:
    return Lease(
        database.direct,
        own_session=own_session,
        clock=settings.clock,
        should_stop=settings.should_stop,
        wait=settings.wait,
        duration_s=settings.lease_s,
    )


def _due(database: Database, settings: Settings, lease: Lease, plan: Plan | None) -> tuple[DeployRecord, ...]:
    """Return the deploys to carry on, now that nobody else runs one; a fresh plan is admitted and recorded."""
    with database.connect("admission") as connection:
        schema.install(connection)
        record = journal.unfinished(connection)
        if record is not None:
            _resumable(record, plan)
            stored = record.plan()
            if not resume.is_superseded(connection, record, stored, is_ancestor=settings.is_ancestor):
                return (record,)
            resume.supersede(_engine(database, settings, lease, record.id, stored), stored)
        if plan is not None and not _is_reached(connection, plan):
            _admit(connection, plan, settings, own_session=lease.own_session)
            journal.Journal(lease.epoch).record_deploy(connection, plan)
            record = journal.unfinished(connection)
            return (record,) if record is not None else ()
        return journal.awaiting_contract(connection) if PhaseName.CONTRACT in settings.phases else ()


def _resumable(record: DeployRecord, plan: Plan | None) -> None:
    if record.state == "aborting":
        raise DeployUnfinished(
            f"Deploy {record.id} is being undone.", hint="Run `online-migrate abort` again to finish that first."
        )
    if plan is not None and plan_hash(plan) != record.plan_hash:
        raise DeployUnfinished(
            f"Deploy {record.id} to {', '.join(record.target) or 'no revision'} is unfinished; this is another plan.",
            hint=f"Finish it with `{record.plan().command}` (without --plan), or undo it with `online-migrate abort`.",
        )


def _is_reached(connection: psycopg.Connection, plan: Plan) -> bool:
    """Return whether somebody has meanwhile done what the plan is for: another replica that started with us."""
    if plan.scripts:
        return set(plan.scripts) <= set(journal.scripts_applied(connection))
    if plan.version_table is None or set(plan.current) == set(plan.target):
        return False
    return set(heads(connection, plan.version_table.name)) == set(plan.target)


def _engine(database: Database, settings: Settings, lease: Lease, deploy_id: int, plan: Plan) -> Engine:
    return Engine(
        database=database,
        policy=settings.adjust(plan.policy),
        clock=settings.clock,
        observer=settings.observer,
        should_stop=settings.should_stop,
        lease=lease,
        deploy_id=deploy_id,
        termination=settings.termination,
        recycle=settings.recycle,
    )


def _carry_on(database: Database, settings: Settings, lease: Lease, record: DeployRecord) -> Outcome:
    plan = record.plan()
    with Orders(database, deploy_id=record.id, clock=settings.clock) as orders:
        engine = replace(_engine(database, settings, lease, record.id, plan), orders=orders)
        _recycle_of_before(engine, plan)
        total = sum(len(phase.steps) for phase in plan.phases)
        for phase in plan.phases:
            if not _phase(engine, settings, plan, phase.name, total):
                break
        return _conclude(engine, plan, record)


def _recycle_of_before(engine: Engine, plan: Plan) -> None:
    """Recycle what an earlier run may not have come to: it was killed between a step and this."""
    with engine.database.connect("journal") as connection:
        done = {r.step_id for r in journal.steps(connection, engine.deploy_id) if r.state == "done"}
    recycle(engine, [step for phase in plan.phases for step in phase.steps if step.id in done])


def _phase(engine: Engine, settings: Settings, plan: Plan, name: PhaseName, total: int) -> bool:
    """Run what is pending of a phase; return whether the next one may begin."""
    with engine.database.connect("journal") as connection:
        records = {r.step_id: r for r in journal.steps(connection, engine.deploy_id)}
        pending = [step for step in plan.phase(name).steps if records[step.id].state != "done"]
        if not pending:
            return True
        if name not in settings.phases:
            return False
        if name is PhaseName.CONTRACT:
            _not_gone_back(connection, plan, settings)
        state: DeployState = "gate" if name is PhaseName.CONTRACT else "running"
        scripts = plan.scripts if name is PhaseName.CONTRACT else ()
        engine.move(connection, state, name.value, scripts)
    pooling.require_sessions(pending, own_session=engine.lease.own_session)
    for step in pending:
        engine.hold(step)
        record = records[step.id]
        # Behind the gate the order to run contract is the evidence; elsewhere the second order is.
        if isinstance(step, Gate) and name is not PhaseName.CONTRACT and record.state == "pending":
            with engine.database.connect("journal") as connection:
                engine.journal.mark_step(connection, engine.deploy_id, step, "running", attempts=1)
            return False
        steps.run(engine, step, record, total, run_revision=settings.run_revision, computing=settings.computing)
        recycle(engine, (step,))
    engine.observer(PhaseFinished(phase=name.value))
    return True


def _not_gone_back(connection: psycopg.Connection, plan: Plan, settings: Settings) -> None:
    if plan.version_table is None:
        return
    found = heads(connection, plan.version_table.name)
    if not stands(found, plan, settings.is_ancestor):
        there = ", ".join(found) or "no revision"
        if plan.downgrade:
            raise DatabaseMoved(
                f"The contract phase of the downgrade to {', '.join(plan.target) or 'base'} cannot run: the database "
                f"was upgraded again, to {there}, and what it would remove is needed there.",
                hint=f"Downgrade again with Alembic: alembic downgrade {next(iter(plan.target), 'base')}",
            )
        raise DatabaseMoved(
            f"The contract phase of {', '.join(plan.target)} cannot run: the database went back to "
            f"{there}, where the old code is needed.",
            hint="Upgrade again, or undo the deploy with `online-migrate abort`.",
        )


def _conclude(engine: Engine, plan: Plan, record: DeployRecord) -> Outcome:
    with engine.database.connect("journal") as connection:
        done = {r.step_id for r in journal.steps(connection, engine.deploy_id) if r.state == "done"}
        pending = tuple(step for phase in plan.phases for step in phase.steps if step.id not in done)
        before = [step for name in BEFORE_GATE for step in plan.phase(name).steps if step.id not in done]
        state: DeployState = "running" if before else "gate" if pending else "done"
        if not before and state != record.state:
            begun = any(step.id in done for step in plan.phase(PhaseName.CONTRACT).steps)
            phase = PhaseName.CONTRACT if begun else PhaseName.MIGRATE
            engine.move(connection, state, phase.value, plan.scripts)
        ended = termination.ended(connection, engine.deploy_id)
    return Outcome(deploy_id=engine.deploy_id, state=state, pending=pending, seconds=0.0, ended=ended, plan=plan)
