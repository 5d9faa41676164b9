"""What one run of a backfill step works with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.events import Event, Observer
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy


def one_at_a_time(observer: Observer) -> Observer:
    """Return an observer that may be told by several threads."""
    telling = threading.Lock()

    def tell(event: Event) -> None:
        with telling:
            observer(event)

    return tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The step and everything around it; `should_stop` is asked before each batch."""

    step: Backfill
    database: Database
    deploy_id: int
    policy: Policy
    clock: Clock
    observer: Observer
    should_stop: Callable[[], bool]
