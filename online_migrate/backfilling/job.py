"""What one run of a backfill step works with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.events import Blocker, Event, Observer
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy

Clear = Callable[[psycopg.Connection, tuple[Blocker, ...], float], None]


def spare(_connection: psycopg.Connection, _found: tuple[Blocker, ...], _waited_s: float) -> None:
    """End nobody."""


def one_at_a_time(observer: Observer) -> Observer:
    """Return an observer that may be told by several threads."""
    telling = threading.Lock()

    def tell(event: Event) -> None:
        with telling:
            observer(event)

    return tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The step and everything around it; `should_stop` is asked before each batch.

    `clear` is told, on a connection in no transaction, who has been in the way of a batch and for how many seconds;
    it ends those sessions that it may, and raises LeaseLost where that is not ours to do any more.
    """

    step: Backfill
    database: Database
    deploy_id: int
    policy: Policy
    clock: Clock
    observer: Observer
    should_stop: Callable[[], bool]
    clear: Clear = spare
