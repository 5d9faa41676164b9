"""One engine a database at a time; one that slept past its lease cannot write any more."""

import threading

import psycopg
import pytest

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import LeaseHeld, LeaseLost
from online_migrate.events import Event, Waiting
from online_migrate.execution import journal, schema
from online_migrate.execution.journal import Journal
from online_migrate.execution.lease import Lease, holder
from online_migrate.execution.runner import deploy
from tests.conftest import Connect
from tests.execution.plans import ADD_COLUMN, TOTAL, make_plan, only, settings
from tests.waiting import in_background, until, until_waiting_for_lock


def lease(database: Database, *, wait: bool = False, duration_s: float = 30.0) -> Lease:
    return Lease(database, clock=SystemClock(), should_stop=lambda: False, wait=wait, duration_s=duration_s)


def expire(connection: psycopg.Connection) -> None:
    connection.execute(b"UPDATE online_migrate.lease SET expires_at = clock_timestamp() - interval '1 s'")


def test_the_second_is_told_who_holds_it(target: Database, connection: psycopg.Connection) -> None:
    schema.install(connection)
    with lease(target):
        found = holder(connection)
        assert found is not None
        with pytest.raises(LeaseHeld, match=f"held by {found.host}/{found.pid} since"), lease(target):
            pass
    assert holder(connection) is None
    with lease(target):
        assert holder(connection) is not None


def test_the_heartbeat_keeps_it(target: Database, connection: psycopg.Connection) -> None:
    schema.install(connection)
    with lease(target, duration_s=0.6):
        first = holder(connection)
        assert first is not None
        until(lambda: (h := holder(connection)) is not None and h.heartbeat_at > first.expires_at, "it outlived itself")


def test_a_lease_that_ran_out_is_taken_over_and_the_sleeper_notices(
    target: Database, connection: psycopg.Connection
) -> None:
    schema.install(connection)
    with lease(target, duration_s=0.9) as sleeper:
        expire(connection)
        with lease(target) as awake:
            assert awake.epoch == sleeper.epoch + 1
            until(lambda: sleeper.lost, "the sleeper notices")
            assert not awake.lost
    # The sleeper released nothing that is not its own.


def test_a_holder_whose_session_is_gone_is_not_waited_for(target: Database, connection: psycopg.Connection) -> None:
    schema.install(connection)
    with lease(target) as killed:
        connection.execute(b"SELECT pg_terminate_backend(backend_pid) FROM online_migrate.lease")
        until(lambda: holder(connection) is None, "the server has ended the session")
        with lease(target) as awake:
            assert awake.epoch == killed.epoch + 1


def test_a_stale_writer_is_fenced_out(target: Database, connection: psycopg.Connection) -> None:
    schema.install(connection)
    with lease(target) as sleeper:
        expire(connection)
        with lease(target), pytest.raises(LeaseLost):
            Journal(sleeper.epoch).record_deploy(connection, make_plan())
    assert journal.unfinished(connection) is None


def test_a_take_over_waits_for_a_write_in_flight(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    schema.install(connection)
    writer = second_connection()
    with lease(target) as sleeper:
        with writer.transaction():
            Journal(sleeper.epoch).record_deploy(writer, make_plan())
            # The heartbeat is not hindered by the write.
            connection.execute(b"UPDATE online_migrate.lease SET heartbeat_at = clock_timestamp()")
            expire(connection)
            taken = in_background(lambda: _hold(target))
            until_waiting_for_lock(connection, "%online_migrate.lease%")
        taken.result(30)
    assert journal.unfinished(connection) is not None


def _hold(database: Database) -> None:
    with lease(database):
        pass


def test_a_deploy_whose_lease_is_taken_stops_and_changes_nothing_more(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    blocker = second_connection()
    waiting = threading.Event()
    with blocker.transaction():
        blocker.execute(b"LOCK TABLE orders IN ACCESS SHARE MODE")
        running = in_background(
            lambda: deploy(
                only(ADD_COLUMN),
                database=target,
                settings=settings(observer=lambda _: waiting.set(), lease_s=0.9),
            )
        )
        assert waiting.wait(30)
        expire(connection)
        with lease(target), pytest.raises(LeaseLost):
            running.result(30)


def test_a_step_that_fails_because_another_engine_has_gone_on_says_that(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    blocker = second_connection()
    waiting, gone_on = threading.Event(), threading.Event()

    def observe(event: Event) -> None:
        if isinstance(event, Waiting):
            waiting.set()
            assert gone_on.wait(30)

    with blocker.transaction():
        blocker.execute(b"LOCK TABLE orders IN ACCESS SHARE MODE")
        running = in_background(lambda: deploy(only(ADD_COLUMN), database=target, settings=settings(observer=observe)))
        assert waiting.wait(30)
    expire(connection)
    with lease(target):
        connection.execute(ADD_COLUMN.sql[0].encode())
        gone_on.set()
        with pytest.raises(LeaseLost):
            running.result(30)


def test_of_three_runners_one_runs_and_the_others_find_nothing_to_do(
    target: Database, connection: psycopg.Connection
) -> None:
    together = threading.Barrier(3)

    def run() -> str:
        together.wait()
        return deploy(make_plan(), database=target, settings=settings(wait=True)).state

    assert [f.result(60) for f in [in_background(run) for _ in range(3)]] == ["done"] * 3
    assert len(journal.deploys(connection, ("done",))) == 1
    assert sum(step.attempts for step in journal.steps(connection, 1)) == TOTAL


def test_the_journal_is_made_once_by_many_at_once(target: Database, second_connection: Connect) -> None:
    connections = [second_connection() for _ in range(4)]
    together = threading.Barrier(4)

    def make(connection: psycopg.Connection) -> None:
        together.wait()
        schema.install(connection)

    for future in [in_background(lambda c=c: make(c)) for c in connections]:  # type: ignore[misc]
        future.result(30)
    versions = connections[0].execute(b"SELECT version FROM online_migrate.schema_version").fetchall()
    assert [version for (version,) in versions] == list(range(1, schema.versions(connections[0])[1] + 1))
