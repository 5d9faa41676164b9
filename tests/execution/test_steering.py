"""Orders to a deploy that runs, given from another session while it is known where it stands."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import Cancelled, NothingToSteer
from online_migrate.events import BatchDone, Event, Held, StepFinished, StepStarted
from online_migrate.execution import journal, steering
from online_migrate.execution.runner import deploy
from online_migrate.execution.status import status
from online_migrate.policy import Policy
from tests.execution.plans import ADD_COLUMN, COUNT, TOTAL, make_plan, only, settings

BY = "ann@laptop"
SMALL = Policy(lock_total_s=60, batch_rows=2, batch_rows_max=2)
Order = Callable[[], Any]


class Ahead:
    """The machine's clock, put forward by hand: orders are asked for four times a second at most."""

    def __init__(self) -> None:
        self._machine = SystemClock()
        self._ahead_s = 0.0

    def now(self) -> float:
        return self._machine.now() + self._ahead_s

    def sleep(self, seconds: float) -> None:
        self._machine.sleep(seconds)

    def jitter(self, low: float, high: float) -> float:
        return self._machine.jitter(low, high)

    def put_forward(self) -> None:
        self._ahead_s += 1.0


class Watch:
    """Gives an order at the first event of a kind, and another one where the deploy says that it is held."""

    def __init__(self, kind: type[Event], order: Order, when_held: Order | None = None) -> None:
        self.events: list[Event] = []
        self.clock = Ahead()
        self._kind = kind
        self._order: Order | None = order
        self._when_held = when_held

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, self._kind) and self._order is not None:
            order, self._order = self._order, None
            order()
            self.clock.put_forward()
        if isinstance(event, Held) and event.reason is not None and self._when_held is not None:
            order, self._when_held = self._when_held, None
            order()

    @property
    def told(self) -> list[str | None]:
        return [event.reason for event in self.events if isinstance(event, Held)]


def visits(connection: psycopg.Connection) -> list[int]:
    return [row[0] for row in connection.execute(b"SELECT visits FROM customer ORDER BY id").fetchall()]


def test_a_backfill_pauses_before_its_next_batch_and_goes_on(target: Database, connection: psycopg.Connection) -> None:
    def look_and_resume() -> None:
        assert 0 < sum(visits(connection)) < 10
        (found,) = status(target).deploys
        assert found.control is not None
        assert found.control.words == "paused by ann@laptop: Black Friday"
        steering.order(target, "run", by=BY)

    watch = Watch(
        BatchDone, lambda: steering.order(target, "pause", by=BY, reason="Black Friday"), when_held=look_and_resume
    )
    deploy(only(COUNT, policy=SMALL), database=target, settings=settings(observer=watch, clock=watch.clock))
    assert watch.told == ["paused by ann@laptop: Black Friday", None]
    assert visits(connection) == [1] * 10


def test_a_deploy_pauses_before_its_next_step(target: Database, connection: psycopg.Connection) -> None:
    def look_and_resume() -> None:
        started = [event for event in watch.events if isinstance(event, StepStarted)]
        assert [event.step for event in started] == [ADD_COLUMN]
        steering.order(target, "run", by=BY)

    watch = Watch(StepFinished, lambda: steering.order(target, "pause", by=BY), when_held=look_and_resume)
    assert deploy(make_plan(), database=target, settings=settings(observer=watch, clock=watch.clock)).state == "done"
    assert watch.told == ["paused by ann@laptop", None]
    assert sum(step.attempts for step in journal.steps(connection, 1)) == TOTAL


@pytest.mark.parametrize("kind", [BatchDone, StepFinished])
def test_a_deploy_that_is_cancelled_ends_where_the_next_one_carries_on(
    target: Database, connection: psycopg.Connection, kind: type[Event]
) -> None:
    plan = make_plan(policy=SMALL)
    watch = Watch(kind, lambda: steering.order(target, "cancel", by=BY, reason="wrong evening"))
    with pytest.raises(Cancelled, match="cancelled by ann@laptop: wrong evening") as caught:
        deploy(plan, database=target, settings=settings(observer=watch, clock=watch.clock))
    assert caught.value.exit_status == 3
    assert sum(visits(connection)) < 10
    (found,) = status(target).deploys
    assert found.record.state == "running"
    assert deploy(plan, database=target, settings=settings()).state == "done"
    assert visits(connection) == [1] * 10


def test_a_pause_outlives_the_process_and_cancel_ends_the_one_that_waits(
    target: Database, connection: psycopg.Connection
) -> None:
    pause = Watch(
        StepFinished,
        lambda: steering.order(target, "pause", by=BY),
        when_held=lambda: steering.order(target, "cancel", by="bob@desk"),
    )
    with pytest.raises(Cancelled, match="bob@desk"):
        deploy(make_plan(), database=target, settings=settings(observer=pause, clock=pause.clock))
    connection.execute(b"UPDATE online_migrate.control SET desired = 'pause', set_by = 'psql', reason = NULL")
    pause = Watch(Held, lambda: connection.execute(b"UPDATE online_migrate.control SET desired = 'run'"))
    assert deploy(make_plan(), database=target, settings=settings(observer=pause, clock=pause.clock)).state == "done"
    assert pause.told == ["paused by psql", None]


def test_a_throttle_is_told_with_each_batch_and_in_the_status(target: Database) -> None:
    def throttle() -> None:
        steering.throttle(target, 0.01, by=BY, seconds=3600)
        (found,) = status(target).deploys
        assert found.control is not None
        assert found.control.throttled

    watch = Watch(StepStarted, throttle)
    deploy(only(COUNT, policy=SMALL), database=target, settings=settings(observer=watch, clock=watch.clock))
    reasons = {event.reason for event in watch.events if isinstance(event, BatchDone)}
    assert len(reasons) == 1
    assert str(reasons.pop()).startswith("throttled to 99% until ")


def test_there_must_be_a_deploy_to_steer(target: Database) -> None:
    with pytest.raises(NothingToSteer, match="No deploy is under way"):
        steering.order(target, "pause", by=BY)
    deploy(make_plan(), database=target, settings=settings())
    with pytest.raises(NothingToSteer, match="No deploy is under way"):
        steering.throttle(target, 0.5, by=BY, seconds=None)


def test_only_what_runs_can_be_cancelled(target: Database) -> None:
    watch = Watch(StepFinished, lambda: steering.order(target, "cancel", by=BY))
    with pytest.raises(Cancelled):
        deploy(make_plan(), database=target, settings=settings(observer=watch, clock=watch.clock))
    with pytest.raises(NothingToSteer, match="Nobody runs deploy 1 now"):
        steering.order(target, "cancel", by=BY)
    assert steering.order(target, "pause", by=BY).holder is None
