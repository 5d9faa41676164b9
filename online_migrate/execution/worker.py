"""A worker from another terminal or host: helps the backfills of the deploy that runs, and takes no decisions."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

from online_migrate.backfilling import engine as backfill
from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import ResumableError, Stopped, UsageError
from online_migrate.events import Observer, StepFinished, StepStarted
from online_migrate.execution import journal
from online_migrate.execution.journal import DeployRecord, StepRecord
from online_migrate.execution.lease import holder
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy

POLL_S = 0.5
FRESH_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A backfill step that a deploy is running.

    Attributes:
        epoch: of the lease of whoever runs the deploy.
        total: how many steps the deploy has.
    """

    deploy_id: int
    epoch: int
    policy: Policy
    step: Backfill
    record: StepRecord
    total: int


def work(
    *,
    database: Database,
    workers: int,
    clock: Clock,
    observer: Observer,
    should_stop: Callable[[], bool],
    wait: bool = False,
) -> int:
    """Help the backfills of the deploy that runs, one after the other; return how many that were.

    Returns when the deploy has come to something else than a backfill, or nothing runs; never where `wait` is
    given: then it waits for the next one. Killed at any moment, it loses the batch that it was at; its windows are
    free for others when their lease has ended. Locks as a backfill.

    Args:
        workers: connections that change rows at once.

    Raises:
        Stopped: `should_stop` said so, or whoever runs the deploy is gone; what is done is done.
        Cancelled, LocksNotAvailable, ServerExhausted, ConnectionLost: run it again.
        OnlineMigrateError: a row or a statement fails; the deploy meets it as well, and says what to do.
    """
    helped, started = 0, clock.now()
    current: Task | None = None
    while not should_stop():
        with database.connect("worker") as connection:
            task = _task(connection)
        if current is not None and not _same(current, task):
            observer(StepFinished(step=current.step, seconds=clock.now() - started))
        if task is None and not wait:
            return helped
        if task is not None and not _same(task, current):
            helped, started = helped + 1, clock.now()
            observer(_started(task))
        current = task
        if task is not None:
            try:
                _help(task, database, workers=workers, clock=clock, observer=observer, should_stop=should_stop)
            except Stopped:
                if should_stop() or not wait:
                    raise
        clock.sleep(POLL_S)
    raise Stopped


def _same(task: Task, other: Task | None) -> bool:
    return other is not None and (task.deploy_id, task.step.id) == (other.deploy_id, other.step.id)


def _started(task: Task) -> StepStarted:
    return StepStarted(step=task.step, phase=task.record.phase, position=task.record.position, total=task.total)


def _help(
    task: Task,
    database: Database,
    *,
    workers: int,
    clock: Clock,
    observer: Observer,
    should_stop: Callable[[], bool],
) -> None:
    """Walk until nothing is left of the range; return then, before its end is proven."""
    with _Coordinator(database, task.epoch, clock) as coordinator:
        try:
            backfill.join(
                task.step,
                database=database,
                deploy_id=task.deploy_id,
                policy=replace(task.policy, workers=workers),
                clock=clock,
                observer=observer,
                should_stop=lambda: should_stop() or coordinator.is_gone(),
            )
        except Stopped:
            if should_stop():
                raise
            raise Stopped("Whoever ran the deploy is gone, so this worker has left off.") from None


def _task(connection: psycopg.Connection) -> Task | None:
    """Return the backfill at which the deploy stands that somebody runs now."""
    runs = holder(connection)
    if runs is None:
        return None
    for record in journal.deploys(connection, ("running", "gate")):
        task = _at(connection, record, runs.epoch)
        if task is not None:
            return task
    return None


def _at(connection: psycopg.Connection, deploy: DeployRecord, epoch: int) -> Task | None:
    steps = journal.steps(connection, deploy.id)
    pending = next((record for record in steps if record.state != "done"), None)
    if pending is None or pending.kind != Backfill.kind or pending.state != "running":
        return None
    plan = deploy.plan()
    step = next(step for phase in plan.phases for step in phase.steps if step.id == pending.step_id)
    assert isinstance(step, Backfill)
    return Task(deploy_id=deploy.id, epoch=epoch, policy=plan.policy, step=step, record=pending, total=len(steps))


class _Coordinator:
    """Whoever runs the deploy, looked at once a second; safe to ask from any thread.

    While the server cannot be asked the last answer stands: what walks notices by itself that the server is gone.
    """

    def __init__(self, database: Database, epoch: int, clock: Clock) -> None:
        self._database = database
        self._epoch = epoch
        self._clock = clock
        self._asking = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._gone = False
        self._asked_at = float("-inf")

    def __enter__(self) -> "_Coordinator":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def is_gone(self) -> bool:
        """Whether the deploy's lease is free, or somebody else's."""
        with self._asking:
            if self._clock.now() - self._asked_at >= FRESH_S:
                self._asked_at = self._clock.now()
                self._ask()
            return self._gone

    def _ask(self) -> None:
        try:
            self._connection = self._connection or self._database.connect("worker")
            found = holder(self._connection)
            self._gone = found is None or found.epoch != self._epoch
        except (psycopg.OperationalError, ResumableError, UsageError):
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
