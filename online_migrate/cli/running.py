"""Runs plans for the commands: signals, progress on the console, and what the engine asks of the project."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import tenacity
from rich.console import Console

from online_migrate.backfilling.computed import Compute
from online_migrate.cli.interrupt import Interrupt
from online_migrate.cli.location import Location
from online_migrate.cli.observing import Log, observing
from online_migrate.clock import Clock, SystemClock
from online_migrate.errors import CaptureFailed, LocksNotAvailable, RevisionFailed, Stopped
from online_migrate.events import Observer
from online_migrate.execution import admission, runner
from online_migrate.execution.engine import Termination
from online_migrate.execution.live_catalog import live_fingerprint
from online_migrate.execution.runner import Outcome
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.steps import Backfill, RunRevision
from online_migrate.policy import Policy
from online_migrate.sources.computing import computing
from online_migrate.sources.run_revision import run_revision

_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs plans at one place.

    Attributes:
        policy: the command's.
        given: what of it the command line says; it also holds for a plan that was made before.
    """

    location: Location
    policy: Policy
    given: Mapping[str, Any]
    console: Console
    wait: bool = False
    termination: Termination | None = None
    recycle: str | None = None
    log: Log | None = None
    clock: Clock = field(default_factory=SystemClock)

    def run(self, plan: Plan | None, phases: tuple[PhaseName, ...]) -> Outcome:
        """Run a plan, or (None) carry on what the journal has; see `execution.runner.deploy` for what it raises."""
        with Interrupt() as interrupt, observing(self.console, self.log) as observer:
            settings = self.settings(phases, interrupt, observer)
            return runner.deploy(plan, database=self.location.database, settings=settings)

    def refuse_turning_round(self, plan: Plan) -> None:
        """See `execution.admission.refuse_turning_round`."""
        with self.location.database.connect("journal") as connection:
            admission.refuse_turning_round(connection, plan, self._is_ancestor)

    def settings(self, phases: tuple[PhaseName, ...], interrupt: Interrupt, observer: Observer) -> runner.Settings:
        """Return what `execution.runner.deploy` is called with here."""
        return runner.Settings(
            phases=phases,
            clock=self.clock,
            observer=observer,
            run_revision=partial(self._run_revision, interrupt),
            computing=self._computing,
            should_stop=interrupt,
            fingerprint=live_fingerprint,
            is_ancestor=self._is_ancestor,
            wait=self.wait,
            termination=self.termination,
            recycle=self.recycle,
            adjust=lambda policy: replace(policy, **self.given),
        )

    def _is_ancestor(self, earlier: str, later: str) -> bool:
        return earlier in self.location.lineage.ancestors([later])

    def _computing(self, step: Backfill) -> AbstractContextManager[Compute]:
        assert step.function is not None
        return computing(self.location.required_project(f"the function {step.function}"), step.function)

    def _run_revision(self, interrupt: Interrupt, step: RunRevision, mark: str) -> None:
        """Run a Python revision; where it does not get a lock within the budget it is backed out and tried again.

        Raises:
            Stopped: between tries, or because the interrupt reached the isolated process as well.
            LocksNotAvailable: no try got its locks; nothing of the revision was done.
        """
        project = self.location.required_project(f"revision {step.revision}")

        def rest(seconds: float) -> None:
            self.clock.sleep(seconds)
            if interrupt():
                raise Stopped()

        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_had_no_lock),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=5),
            stop=tenacity.stop_after_delay(self.policy.lock_total_s),
            sleep=rest,
            reraise=True,
        )
        url, budget = self.location.database.direct.url, self.policy.lock_budget_ms
        try:
            tries(
                run_revision, project, url, step.revision, downgrade=step.downgrade, lock_timeout_ms=budget, mark=mark
            )
        except CaptureFailed:
            if interrupt():
                raise Stopped() from None
            raise
        except RevisionFailed as error:
            if _had_no_lock(error):
                raise LocksNotAvailable(
                    f"{error.message} It was tried for {self.policy.lock_total_s} s.",
                    hint="See who holds the locks (pg_locks), and run the same command again.",
                ) from None
            raise


def _had_no_lock(error: BaseException) -> bool:
    return isinstance(error, RevisionFailed) and error.sqlstate == _LOCK_NOT_AVAILABLE
