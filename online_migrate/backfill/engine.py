"""Run a backfill step to its proven end, or put back what it changed."""

from collections.abc import Callable

from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.events import Observer
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy


def run(
    step: Backfill,
    *,
    database: Database,
    deploy_id: int,
    policy: Policy,
    clock: Clock,
    observer: Observer,
    should_stop: Callable[[], bool],
) -> int:
    """Change every row of the step and return how many were changed, over all runs of this deploy."""
    raise NotImplementedError


def undo(
    step: Backfill,
    *,
    database: Database,
    deploy_id: int,
    policy: Policy,
    clock: Clock,
    observer: Observer,
) -> int:
    """Put before-images back and return how many rows could not be, because they were changed or deleted since."""
    raise NotImplementedError
