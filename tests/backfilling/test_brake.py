"""A worker obeys the rows: what is ruled, what is ordered, and nothing that is old."""

from collections.abc import Iterator

import psycopg
import pytest

from online_migrate.backfilling import control, schema
from online_migrate.backfilling.brake import Brake
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.session import Session
from online_migrate.database import Database
from online_migrate.errors import Cancelled, HeldTooLong, LeaseLost, Stopped
from online_migrate.events import Event, Held, ignore
from online_migrate.policy import Policy
from tests.backfilling.conftest import CLOCK, Run, stripes

BY = "ann@laptop"


class Bench:
    """A backfill with a fresh ruling, a clock that only counts what is waited for, and what was told."""

    def __init__(self, url: str, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.slept = 0.0
        self.speed = 1
        self.told: list[str | None] = []
        self.on_sleep: list[bytes] = []
        self.stopped = False
        self._job = Job(
            step=stripes(),
            database=Database(url),
            deploy_id=1,
            policy=Policy(),
            clock=self,
            observer=self._hear,
            should_stop=lambda: self.stopped,
        )
        self.session = Session(self._job)
        row = connection.execute(
            "INSERT INTO online_migrate.backfill (deploy_id, step, relation, method, relid)"
            " VALUES (1, 'items.total:backfill', 'items', 'stripes', 0) RETURNING id"
        ).fetchone()
        assert row is not None
        self.backfill: int = row[0]
        connection.execute(
            "INSERT INTO online_migrate.ruling (backfill, duty, signals) VALUES (%s, 1, '[]')", [self.backfill]
        )

    def brake(self, number: int = 0) -> Brake:
        return Brake(self._job, self.session, backfill=self.backfill, number=number)

    def now(self) -> float:
        return CLOCK.now() + self.slept

    def sleep(self, seconds: float) -> None:
        """Count it, and let somebody else do something meanwhile."""
        self.slept += seconds * self.speed
        if self.on_sleep:
            self.connection.execute(self.on_sleep.pop(0))

    def jitter(self, low: float, high: float) -> float:
        return (low + high) / 2

    def _hear(self, event: Event) -> None:
        if isinstance(event, Held):
            self.told.append(event.reason)


@pytest.fixture
def bench(database: str, connection: psycopg.Connection) -> Iterator[Bench]:
    schema.install(connection)
    made = Bench(database, connection)
    with made.session:
        yield made


def test_at_full_speed_nothing_is_waited_for(bench: Bench) -> None:
    brake = bench.brake()
    brake.hold()
    brake.rest(2.0)
    assert (bench.slept, bench.told, brake.slowed) == (0.0, [], None)


def test_the_duty_is_the_share_of_the_time_that_is_worked(bench: Bench) -> None:
    bench.connection.execute(b"UPDATE online_migrate.ruling SET duty = 0.25, slowed = '25% of full speed: commits'")
    brake = bench.brake()
    brake.hold()
    brake.rest(2.0)
    assert bench.slept == pytest.approx(6.0)
    assert brake.slowed == "25% of full speed: commits"


def test_no_batch_begins_where_the_wal_is_as_far_as_it_may_be_until_the_next_ruling(bench: Bench) -> None:
    bench.connection.execute(b"""UPDATE online_migrate.ruling SET signals = '[{"until": null}, {"until": 1}]'""")
    further = b"""UPDATE online_migrate.ruling SET signals = '[{"until": 9000000000000000000}]'"""
    bench.on_sleep = [b"SELECT", further]
    brake = bench.brake()
    brake.hold()
    assert bench.slept == pytest.approx(0.5)
    bench.connection.execute(b"""UPDATE online_migrate.ruling SET signals = '[{"until": 1}]'""")
    brake.hold()
    assert bench.slept == pytest.approx(0.5), "a ruling that is a moment old is obeyed"
    assert bench.told == []


@pytest.mark.parametrize(("seconds", "slept"), [(None, 8.0), (1800.0, 8.0), (-1.0, 0.0)])
def test_a_throttle_holds_until_it_expires(bench: Bench, seconds: float | None, slept: float) -> None:
    control.throttle(bench.connection, 1, 0.8, by=BY, seconds=seconds)
    brake = bench.brake()
    brake.hold()
    brake.rest(2.0)
    assert bench.slept == pytest.approx(slept)
    assert (brake.slowed or "").startswith("throttled to 20%" if slept else "")


def test_the_slower_of_throttle_and_ruling_counts(bench: Bench) -> None:
    control.throttle(bench.connection, 1, 0.5, by=BY)
    bench.connection.execute(b"UPDATE online_migrate.ruling SET duty = 0.1, slowed = 'commits'")
    brake = bench.brake()
    brake.hold()
    brake.rest(1.0)
    assert bench.slept == pytest.approx(9.0)
    assert brake.slowed == "commits"


def test_a_pause_holds_until_somebody_resumes_and_says_who_and_why(bench: Bench) -> None:
    control.order(bench.connection, 1, "pause", by=BY, reason="Black Friday")
    bench.on_sleep = [b"SELECT 1", b"UPDATE online_migrate.control SET desired = 'run'"]
    bench.brake().hold()
    assert bench.told == ["paused by ann@laptop: Black Friday", None]


@pytest.mark.parametrize(
    ("spoiled", "mended", "why"),
    [
        (
            b"UPDATE online_migrate.ruling SET held = 'replica r1 is behind'",
            b"UPDATE online_migrate.ruling SET held = NULL",
            "replica r1 is behind",
        ),
        (
            b"UPDATE online_migrate.ruling SET ruled_at = clock_timestamp() - interval '16 s'",
            b"UPDATE online_migrate.ruling SET ruled_at = clock_timestamp()",
            "its coordinator has said nothing for 16 s (limit 15 s)",
        ),
    ],
)
def test_a_ruling_that_holds_or_is_old_is_waited_for(bench: Bench, spoiled: bytes, mended: bytes, why: str) -> None:
    bench.connection.execute(spoiled)
    bench.on_sleep = [mended]
    bench.brake().hold()
    assert bench.told == [why, None]


def test_nothing_begins_without_a_ruling(bench: Bench) -> None:
    bench.connection.execute("DELETE FROM online_migrate.ruling")
    bench.on_sleep = [
        b"INSERT INTO online_migrate.ruling (backfill, duty, signals) SELECT id, 1, '[]' FROM online_migrate.backfill"
    ]
    bench.brake().hold()
    assert bench.told == ["its coordinator has not ruled yet", None]


def test_of_more_workers_than_are_ruled_the_last_are_held(bench: Bench) -> None:
    bench.connection.execute(b"UPDATE online_migrate.ruling SET workers = 1")
    bench.brake(0).hold()
    assert bench.told == []
    bench.on_sleep = [b"UPDATE online_migrate.ruling SET workers = NULL"]
    bench.brake(1).hold()
    assert bench.told == ["1 of its workers may work now", None]


def test_an_order_to_leave_off_a_stop_and_a_backfill_that_is_gone_end_it(bench: Bench) -> None:
    control.order(bench.connection, 1, "cancel", by=BY)
    with pytest.raises(Cancelled, match="cancelled by ann@laptop"):
        bench.brake().hold()
    bench.stopped = True
    with pytest.raises(Stopped):
        bench.brake().hold()
    bench.stopped = False
    bench.connection.execute("DELETE FROM online_migrate.backfill")
    with pytest.raises(LeaseLost):
        bench.brake().hold()


def test_an_own_query_holds_a_backfill_from_its_first_batch_until_it_says_otherwise(
    items: psycopg.Connection, run: Run
) -> None:
    items.execute("CREATE TABLE busy (jobs int); INSERT INTO busy VALUES (3)")
    told: list[str | None] = []

    def watch(event: Event) -> None:
        if isinstance(event, Held):
            told.append(event.reason)
            assert items.execute("SELECT count(*) FROM items WHERE total IS NOT NULL").fetchone() == (0,)
            items.execute("UPDATE busy SET jobs = 0")

    policy = Policy(pacing_query="SELECT sum(jobs) FROM busy", pacing_query_limit=2.0)
    assert run(stripes(), policy=policy, observer=watch) == 20_000
    assert told == ["pacing_query returned 3 (limit 2)", None]


def test_a_backfill_alone_on_its_server_runs_at_full_speed(items: psycopg.Connection, run: Run) -> None:
    assert run(stripes(), observer=ignore) == 20_000
    found = items.execute("SELECT duty, workers, held, slowed FROM online_migrate.ruling").fetchall()
    assert found == [(1.0, None, None, None)]


def test_what_holds_for_too_long_is_left_off_and_named(bench: Bench) -> None:
    bench.connection.execute(b"UPDATE online_migrate.ruling SET held = 'replica r1 is behind'")
    bench.speed = 4000
    with pytest.raises(HeldTooLong, match=r"held for 3600 s \(pacing_total_s\): replica r1 is behind"):
        bench.brake().hold()
    assert 3600 < bench.slept < 6000


def test_a_pause_may_last_longer(bench: Bench) -> None:
    control.order(bench.connection, 1, "pause", by=BY)
    bench.speed = 4000
    bench.on_sleep = [b"SELECT 1"] * 8 + [b"UPDATE online_migrate.control SET desired = 'run'"]
    bench.brake().hold()
    assert bench.slept > 8000
