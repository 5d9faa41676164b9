"""Concurrent index builds: interrupted, half built, waiting for a snapshot, orphaned."""

import threading
from dataclasses import replace

import psycopg
import pytest

from online_migrate.catalog.read import read
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import SnapshotsInTheWay, StatementFailed, Stopped
from online_migrate.events import Building, Event, StepFinished, Waiting, ignore
from online_migrate.execution.abort import abort
from online_migrate.execution.runner import deploy
from online_migrate.execution.status import status
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import ConcurrentDdl
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from tests.conftest import Connect
from tests.execution.plans import ADD_COLUMN, BUILD_INDEX, lock, only, settings
from tests.waiting import in_background, until

VALID = b"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.orders_note')"
PLAN = only(replace(ADD_COLUMN, undo=()), BUILD_INDEX)


def begin(target: Database, connection: psycopg.Connection) -> None:
    """Leave a deploy as it is when its client dies in the middle of the index build."""
    with pytest.raises(Stopped):
        deploy(PLAN, database=target, settings=settings(stop_after=1))
    connection.execute(b"UPDATE online_migrate.step SET state = 'running' WHERE step_id = %s", (BUILD_INDEX.id,))


def leave_invalid(
    connection: psycopg.Connection,
    other: psycopg.Connection,
    name: bytes = b"orders_note",
    on: bytes = b"(note)",
) -> None:
    """Leave an invalid index as an interrupted build does."""
    with other.transaction():
        other.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute(b"SELECT 1 FROM customer")
        connection.execute(b"SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            connection.execute(b"CREATE INDEX CONCURRENTLY " + name + b" ON orders " + on)
        connection.execute(b"RESET lock_timeout")


def test_an_invalid_leftover_is_built_again(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    begin(target, connection)
    leave_invalid(connection, second_connection())
    leave_invalid(connection, second_connection(), b"orders_note_ccnew")
    assert connection.execute(VALID).fetchone() == (False,)
    assert deploy(PLAN, database=target, settings=settings()).state == "done"
    assert connection.execute(VALID).fetchone() == (True,)
    assert connection.execute(b"SELECT to_regclass('orders_note_ccnew')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("begun", "theirs"),
    [
        (False, b"CREATE INDEX orders_note ON orders (note)"),
        (True, b"CREATE INDEX orders_note ON orders (id)"),
        (True, b"CREATE INDEX orders_note ON orders (note, id)"),
        (True, b"CREATE INDEX orders_note ON orders (note) INCLUDE (id)"),
        (True, b"CREATE INDEX orders_note ON orders (note) WHERE note IS NOT NULL"),
        (True, b"CREATE INDEX orders_note ON orders USING hash (note)"),
        (True, b"CREATE UNIQUE INDEX orders_note ON orders (note) WHERE id < 2"),
        (True, b"CREATE INDEX orders_note ON customer (id)"),
    ],
)
def test_an_index_that_somebody_else_has_made_is_not_taken_for_ours(
    target: Database, connection: psycopg.Connection, begun: bool, theirs: bytes
) -> None:
    begin(target, connection)
    if not begun:
        connection.execute(b"UPDATE online_migrate.step SET state = 'pending' WHERE step_id = %s", (BUILD_INDEX.id,))
    connection.execute(theirs)
    for _ in range(2):
        with pytest.raises(StatementFailed, match="somebody else has made") as failed:
            deploy(PLAN, database=target, settings=settings())
        assert failed.value.sqlstate == "42P07"
    abort(database=target, clock=SystemClock(), observer=ignore, should_stop=lambda: False)
    assert connection.execute(VALID).fetchone() == (True,)


def test_an_invalid_one_of_somebody_else_is_not_cleared(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    begin(target, connection)
    leave_invalid(connection, second_connection(), on=b"(id)")
    with pytest.raises(StatementFailed, match="somebody else has made"):
        deploy(PLAN, database=target, settings=settings())
    assert connection.execute(VALID).fetchone() == (False,)


@pytest.mark.parametrize(
    "index",
    [
        "CREATE INDEX made ON orders (note, id DESC NULLS FIRST) WHERE id > 0",
        'CREATE UNIQUE INDEX made ON orders USING btree (id, note COLLATE "C" text_pattern_ops) INCLUDE (total)',
        "CREATE INDEX made ON orders (lower(note), (id), (id + 1))",
        "CREATE INDEX made ON orders USING gin (to_tsvector('simple', note))",
        "CREATE INDEX ON orders USING hash (note)",
        "ALTER TABLE orders ADD CONSTRAINT made UNIQUE (total, id) INCLUDE (note)",
    ],
)
def test_our_own_is_known_again(target: Database, connection: psycopg.Connection, index: str) -> None:
    connection.execute(b"ALTER TABLE orders ADD COLUMN note text")
    operation = Operation(id="r:1", revision=None, source=None, directive=None, sql=index, search_path=("public",))
    plan = build((operation,), read(connection), Policy(small_tables_as_written=False))
    step = next(s for phase in plan.phases for s in phase.steps if isinstance(s, ConcurrentDdl))
    nothing = replace(ADD_COLUMN, sql=("SELECT 1",), done_check=None, undo=())
    with pytest.raises(Stopped):
        deploy(only(step, nothing), database=target, settings=settings(stop_after=1))
    connection.execute(b"UPDATE online_migrate.step SET state = 'running' WHERE step_id = %s", (step.id,))
    assert deploy(None, database=target, settings=settings()).state == "done"


def test_it_is_not_started_before_an_old_snapshot_is_gone(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    reader = second_connection()
    events: list[Event] = []
    with reader.transaction():
        reader.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute(b"SELECT 1 FROM customer")
        age = b"SELECT clock_timestamp() - xact_start > '1.1 s' FROM pg_stat_activity WHERE pid = %s"
        until(lambda: connection.execute(age, (reader.info.backend_pid,)).fetchone() == (True,), "it is old")
        with pytest.raises(SnapshotsInTheWay, match=f"pid {reader.info.backend_pid} "):
            deploy(
                only(ADD_COLUMN, BUILD_INDEX, policy=Policy(lock_total_s=1)),
                database=target,
                settings=settings(observer=events.append),
            )
        assert connection.execute(VALID).fetchone() is None
    assert any(isinstance(e, Waiting) for e in events)
    assert deploy(None, database=target, settings=settings()).state == "done"


def test_how_far_a_build_is_is_told_and_shown(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    writer = second_connection()
    events: list[Event] = []
    deploy(only(ADD_COLUMN), database=target, settings=settings())
    with writer.transaction():
        writer.execute(b"UPDATE orders SET total = 0 WHERE id = 1")
        running = in_background(
            lambda: deploy(only(BUILD_INDEX), database=target, settings=settings(observer=events.append))
        )
        until(lambda: any(isinstance(e, Building) for e in events) or running.done(), "it is told")
        (shown,) = [
            step.index for d in status(target).deploys for p in d.phases for step in p.steps if step.index is not None
        ]
    running.result()
    told = next(e for e in events if isinstance(e, Building))
    assert told.phase == shown.phase == "waiting for writers before build"
    assert told.fraction == shown.fraction == 0.0


def test_a_build_that_only_waits_is_broken_off_in_the_end(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    writer = second_connection()
    impatient = Policy(lock_total_s=1)
    deploy(only(ADD_COLUMN), database=target, settings=settings())
    with writer.transaction():
        writer.execute(b"UPDATE orders SET total = 0 WHERE id = 1")
        with pytest.raises(SnapshotsInTheWay, match=f"broken off: .*pid {writer.info.backend_pid} "):
            deploy(only(BUILD_INDEX, policy=impatient), database=target, settings=settings())
    assert deploy(None, database=target, settings=settings()).state == "done"
    assert connection.execute(VALID).fetchone() == (True,)


def test_asked_to_stop_it_cancels_the_build_and_the_next_call_builds_it(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    writer = second_connection()
    stop = threading.Event()
    chosen = settings()
    object.__setattr__(chosen, "should_stop", stop.is_set)
    deploy(only(ADD_COLUMN), database=target, settings=settings())
    with writer.transaction():
        writer.execute(b"UPDATE orders SET total = 0 WHERE id = 1")
        running = in_background(lambda: deploy(only(BUILD_INDEX), database=target, settings=chosen))
        building = b"SELECT count(*) FROM pg_stat_progress_create_index"
        until(lambda: connection.execute(building).fetchone() != (0,) or running.done(), "it builds")
        stop.set()
        with pytest.raises(Stopped):
            running.result(30)
    assert deploy(None, database=target, settings=settings()).state == "done"
    assert connection.execute(VALID).fetchone() == (True,)


def test_an_orphan_that_still_builds_is_waited_for(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    """The client died, its session on the server has not noticed: its index becomes ours when it is ready."""
    writer, orphan = second_connection(), second_connection()
    begin(target, connection)
    events: list[Event] = []
    with writer.transaction():
        writer.execute(b"UPDATE orders SET total = 0 WHERE id = 1")
        building = in_background(lambda: orphan.execute(BUILD_INDEX.sql[0].encode()))
        until(lambda: connection.execute(VALID).fetchone() == (False,), "the orphan builds")
        oid = connection.execute(b"SELECT 'orders_note'::regclass::oid").fetchone()
        running = in_background(lambda: deploy(None, database=target, settings=settings(observer=events.append)))
        looks = b"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'online-migrate: concurrent'"
        until(lambda: connection.execute(looks).fetchone() == (1,), "we are at the step")
    building.result(30)
    assert running.result(30).state == "done"  # type: ignore[attr-defined]
    assert connection.execute(b"SELECT 'orders_note'::regclass::oid").fetchone() == oid
    assert [e.step.id for e in events if isinstance(e, StepFinished)] == [BUILD_INDEX.id]


def test_what_was_built_before_a_crash_is_only_journaled(target: Database, connection: psycopg.Connection) -> None:
    events: list[Event] = []
    begin(target, connection)
    connection.execute(BUILD_INDEX.sql[0].encode())
    assert deploy(None, database=target, settings=settings(observer=events.append)).state == "done"
    assert [e.skipped for e in events if isinstance(e, StepFinished)] == [True]


def test_an_interrupted_detach_is_finished(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    connection.execute(b"CREATE TABLE log (id int) PARTITION BY RANGE (id)")
    connection.execute(b"CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10)")
    detach = "ALTER TABLE public.log DETACH PARTITION public.log_1 CONCURRENTLY"
    reader = second_connection()
    with reader.transaction():
        reader.execute(b"SELECT * FROM log")
        connection.execute(b"SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            connection.execute(detach.encode())
    pending = b"SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'log_1'::regclass"
    assert connection.execute(pending).fetchone() == (True,)
    step = ConcurrentDdl(
        id="log_1:detach",
        operation="r2:1",
        purpose="detach the partition",
        sql=(detach,),
        locks=(lock(RelationName("public", "log"), LockMode.SHARE_UPDATE_EXCLUSIVE),),
        done_check="SELECT NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = 'public.log_1'::regclass)",
    )
    assert deploy(only(step), database=target, settings=settings()).state == "done"
    assert connection.execute(pending).fetchone() is None


def test_copies_of_an_interrupted_reindex_are_dropped_and_the_index_itself_is_not(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    leave_invalid(connection, second_connection(), on=b"(id)")
    leave_invalid(connection, second_connection(), b"orders_note_ccnew", b"(id)")
    index = RelationName("public", "orders_note")
    reindex = ConcurrentDdl(
        id="reindex",
        operation="op:3",
        purpose="build the index anew",
        sql=("REINDEX INDEX CONCURRENTLY public.orders_note",),
        locks=(lock(RelationName("public", "orders"), LockMode.SHARE_UPDATE_EXCLUSIVE),),
        rebuilds=(index,),
    )
    assert deploy(only(reindex), database=target, settings=settings()).state == "done"
    assert connection.execute(VALID).fetchone() == (True,)
    assert connection.execute(b"SELECT to_regclass('orders_note_ccnew')").fetchone() == (None,)
