"""What every part of the execution works with."""

from collections.abc import Callable
from dataclasses import dataclass

from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.errors import LeaseLost, Stopped
from online_migrate.events import Observer
from online_migrate.execution.journal import Journal
from online_migrate.execution.lease import Lease
from online_migrate.policy import Policy

SLICE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The surroundings of one deploy under its lease; frozen, passed to whoever does the work."""

    database: Database
    policy: Policy
    clock: Clock
    observer: Observer
    should_stop: Callable[[], bool]
    lease: Lease
    deploy_id: int

    @property
    def journal(self) -> Journal:
        """The writing side of the journal, under our epoch."""
        return Journal(self.lease.epoch)

    def must_stop(self) -> bool:
        """Return whether to leave off: asked to, or the lease is lost."""
        return self.lease.lost or self.should_stop()

    def check(self) -> None:
        """Raise LeaseLost or Stopped where there is reason to."""
        if self.lease.lost:
            raise LeaseLost()
        if self.should_stop():
            raise Stopped()

    def pause(self, seconds: float) -> None:
        """Wait, but leave off when asked to.

        Raises:
            Stopped, LeaseLost.
        """
        left = seconds
        while left > 0:
            self.check()
            self.clock.sleep(min(left, SLICE_S))
            left -= SLICE_S
        self.check()
