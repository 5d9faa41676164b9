"""A worker beside a deploy: helps its backfills, ends with them, and stops when nobody runs the deploy any more."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import psycopg
import pytest

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import Stopped
from online_migrate.events import BatchDone, Event, StepFinished, StepStarted
from online_migrate.execution.runner import deploy
from online_migrate.execution.worker import work
from online_migrate.policy import Policy
from tests.execution.plans import ALL, COUNT, only, settings
from tests.waiting import in_background

POLICY = Policy(batch_rows=50, batch_rows_max=50)
Stop = Callable[[], bool]


def help_out(target: Database, seen: list[Event], *, wait: bool = False, should_stop: Stop = lambda: False) -> int:
    return work(
        database=target, workers=1, clock=SystemClock(), observer=seen.append, should_stop=should_stop, wait=wait
    )


@pytest.fixture
def many(target: Database, connection: psycopg.Connection) -> Database:
    """The customers of plans.py, and enough more to share."""
    connection.execute("INSERT INTO customer SELECT generate_series(11, 5000)")
    connection.execute("ANALYZE customer")
    return target


def test_where_nothing_runs_there_is_nothing_to_do(target: Database) -> None:
    assert help_out(target, []) == 0


def test_a_worker_shares_the_backfill_and_ends_with_it(many: Database, connection: psycopg.Connection) -> None:
    """The deploy waits at a batch until the worker has done one."""
    seen: list[Event] = []
    helped = threading.Event()
    workers: list[Future[object]] = []

    def observe(event: Event) -> None:
        seen.append(event)
        if isinstance(event, BatchDone):
            helped.set()

    def at_first_batch(event: Event) -> None:
        if isinstance(event, BatchDone) and not workers:
            clock, asked = SystemClock(), lambda: False
            workers.append(
                in_background(lambda: work(database=many, workers=1, clock=clock, observer=observe, should_stop=asked))
            )
            assert helped.wait(30)

    outcome = deploy(only(COUNT, policy=POLICY), database=many, settings=settings(ALL, observer=at_first_batch))
    assert outcome.state == "done"
    assert workers[0].result(30) == 1
    assert [type(event) for event in seen if not isinstance(event, BatchDone)] == [StepStarted, StepFinished]
    counted = connection.execute("SELECT count(*) FROM customer WHERE visits <> 1").fetchone()
    assert counted == (0,)


def test_a_worker_leaves_off_when_nobody_runs_the_deploy(many: Database, connection: psycopg.Connection) -> None:
    """The lease ends while the worker is at a batch; the deploy carries on later, and each row is changed once."""

    def end_lease(_: Event) -> None:
        connection.execute("UPDATE online_migrate.lease SET expires_at = '-infinity'")

    def at_first_batch(event: Event) -> None:
        if not isinstance(event, BatchDone) or seen:
            return
        seen.append(event)
        with pytest.raises(Stopped, match="gone"):
            work(
                database=many,
                workers=1,
                clock=SystemClock(),
                observer=end_lease,
                should_stop=lambda: False,
            )
        raise KeyboardInterrupt

    seen: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        deploy(only(COUNT, policy=POLICY), database=many, settings=settings(ALL, observer=at_first_batch))
    assert deploy(None, database=many, settings=settings(ALL)).state == "done"
    counted = connection.execute("SELECT count(*) FROM customer WHERE visits <> 1").fetchone()
    assert counted == (0,)


def test_a_worker_that_waits_stops_when_asked(target: Database) -> None:
    asked = threading.Event()
    waiting = in_background(lambda: help_out(target, [], wait=True, should_stop=asked.is_set))
    asked.set()
    with pytest.raises(Stopped):
        waiting.result(30)
