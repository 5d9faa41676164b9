"""What every part of the execution works with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg

from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import Cancelled, LeaseLost, Stopped
from online_migrate.events import DeployMoved, Held, Observer
from online_migrate.execution.journal import DeployState, Journal
from online_migrate.execution.lease import Lease
from online_migrate.execution.orders import Orders
from online_migrate.plan.model import Script
from online_migrate.plan.steps import Step
from online_migrate.policy import Policy

SLICE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """Which sessions in the way are ended; never replication, autovacuum, or a session of ours.

    Attributes:
        after_s: how long a step must have waited, and the session have been idle in its transaction.
        active: end those at work as well, whose transaction has been open for so long.
    """

    after_s: float
    active: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The surroundings of one deploy under its lease; frozen, passed to whoever does the work.

    `orders` are obeyed where there are any: an abort is not paused. Without a `termination` nobody is ended who is in
    the way, and without a `recycle` (a LIKE pattern of application_name) nobody whose prepared statements break.
    """

    database: Database
    policy: Policy
    clock: Clock
    observer: Observer
    should_stop: Callable[[], bool]
    lease: Lease
    deploy_id: int
    orders: Orders | None = None
    termination: Termination | None = None
    recycle: str | None = None

    @property
    def journal(self) -> Journal:
        """The writing side of the journal, under our epoch."""
        return Journal(self.lease.epoch)

    def move(
        self, connection: psycopg.Connection, state: DeployState, phase: str, scripts: Iterable[Script] = ()
    ) -> None:
        """Journal another state or phase of the deploy, and the scripts that it has now applied."""
        self.journal.mark_deploy(connection, self.deploy_id, state, phase, scripts)
        self.observer(DeployMoved(deploy_id=self.deploy_id, state=state, phase=phase))

    def must_stop(self) -> bool:
        """Return whether to leave off: asked to, ordered to, or the lease is lost."""
        return self.lease.lost or self.should_stop() or self._cancelled() is not None

    def check(self) -> None:
        """Raise LeaseLost, Stopped or Cancelled where there is reason to."""
        if self.lease.lost:
            raise LeaseLost()
        if self.should_stop():
            raise Stopped()
        if (words := self._cancelled()) is not None:
            raise Cancelled(words)

    def hold(self, step: Step) -> None:
        """Wait before a step while an operator's pause lasts.

        Raises:
            Stopped, Cancelled, LeaseLost.
        """
        told = None
        self.check()
        while self.orders is not None and (words := self.orders.paused()):
            if words != told:
                self.observer(Held(step=step, reason=words))
                told = words
            self.pause(SLICE_S)
        if told:
            self.observer(Held(step=step, reason=None))

    def pause(self, seconds: float) -> None:
        """Wait, but leave off when asked to.

        Raises:
            Stopped, Cancelled, LeaseLost.
        """
        left = seconds
        while left > 0:
            self.check()
            self.clock.sleep(min(left, SLICE_S))
            left -= SLICE_S
        self.check()

    def _cancelled(self) -> str | None:
        return self.orders.cancelled() if self.orders is not None else None
