"""Several workers on one table: threads, processes that join, leases that run out, coordinators that are killed."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

import psycopg
import pytest

from online_migrate.backfilling import engine
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import BatchDone, Event, ignore
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import Connect, Run, Traffic, keyset, stripes
from tests.backfilling.worker import help_out, work
from tests.waiting import until

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.backfilling.worker"])
TWO = Policy(workers=2, batch_rows=100, batch_rows_max=200)
WRITES = (
    "UPDATE items SET n = n + 1 WHERE id = %(id)s AND id <= 10000",
    "DELETE FROM items WHERE id = %(id)s AND id > 10000",
    "INSERT INTO items (n, pad) VALUES (%(id)s, 'new')",
)


def scalar(connection: psycopg.Connection, query: str) -> object:
    found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return found[0]


def once(action: Callable[[], object], *, at: int) -> Callable[[Event], None]:
    """Watch, and act at that batch."""
    seen: list[Event] = []

    def observe(event: Event) -> None:
        if isinstance(event, BatchDone):
            seen.append(event)
            if len(seen) == at:
                action()

    return observe


@pytest.mark.parametrize("make", [stripes, keyset])
def test_two_workers_change_every_row_once(items: psycopg.Connection, run: Run, make: Callable[[], Backfill]) -> None:
    items.execute("ANALYZE items")
    names: set[object] = set()

    def observe(_: Event) -> None:
        found = items.execute("SELECT worker FROM online_migrate.backfill_window WHERE worker IS NOT NULL").fetchall()
        names.update(name for (name,) in found)

    assert run(make(), policy=TWO, observer=observe) == 20000
    wrong = "n <> id + 1" if make is keyset else "total IS DISTINCT FROM n * 2"
    assert scalar(items, f"SELECT count(*) FROM items WHERE {wrong}") == 0
    assert len(names) == 2


def test_two_workers_miss_no_row_beside_writers(
    items: psycopg.Connection, run: Run, second_connection: Connect
) -> None:
    with Traffic(second_connection, 2, *WRITES):
        run(stripes(remaining=None), policy=TWO)
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0


@pytest.mark.parametrize("step", [keyset(), stripes()], ids=["keyset", "stripes"])
def test_a_window_whose_lease_ran_out_is_taken_and_its_worker_fenced_out(
    items: psycopg.Connection, run: Run, database: str, step: Backfill
) -> None:
    def lose() -> None:
        items.execute("UPDATE online_migrate.backfill_window SET lease_until = '-infinity' WHERE worker IS NOT NULL")
        engine.join(
            step,
            database=Database(database),
            deploy_id=1,
            policy=Policy(),
            clock=SystemClock(),
            observer=ignore,
            should_stop=lambda: False,
        )

    assert run(step, policy=Policy(batch_rows=100), observer=once(lose, at=3)) == 20000
    wrong = "n <> id + 1" if step.method == "keyset" else "total IS DISTINCT FROM n * 2"
    assert scalar(items, f"SELECT count(*) FROM items WHERE {wrong}") == 0


Started = tuple[multiprocessing.process.BaseProcess, "Connection[object, object]"]


def start(target: Callable[..., None], step: Backfill, url: str) -> Started:
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=target, args=(step, url, sender))
    process.start()
    sender.close()
    return process, receiver


def test_a_killed_coordinator_is_taken_over_while_workers_go_on(
    items: psycopg.Connection, run: Run, database: str
) -> None:
    """Each row is changed exactly once, whoever changes it."""
    items.execute("ANALYZE items")
    coordinator, told = start(work, keyset(), database)
    told.recv()
    helper, helped = start(help_out, keyset(), database)
    helped.recv()
    coordinator.kill()
    coordinator.join()
    assert coordinator.exitcode == -signal.SIGKILL
    assert run(keyset()) == 20000
    helper.join()
    assert helper.exitcode == 0
    assert scalar(items, "SELECT count(*) FROM items WHERE n <> id + 1") == 0


def test_a_killed_worker_is_done_without(items: psycopg.Connection, run: Run, database: str) -> None:
    """Its window is free when the lease has ended."""

    sessions = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'online-migrate: backfill'"
    )

    def lose() -> None:
        before = scalar(items, sessions)
        helper, helped = start(help_out, step, database)
        helped.recv()
        helper.kill()
        helper.join()
        until(lambda: scalar(items, sessions) == before, "its sessions are gone")
        items.execute("UPDATE online_migrate.backfill_window SET lease_until = '-infinity'")

    step = stripes()
    assert run(step, policy=Policy(batch_rows=100), observer=once(lose, at=3)) == 20000
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0
