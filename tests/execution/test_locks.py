"""Nobody waits behind us for longer than the budget, and who is in the way is named."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.errors import LocksNotAvailable, StatementTooSlow, Stopped
from online_migrate.events import Event, Retrying, StepStarted, Waiting
from online_migrate.execution import blockers, journal
from online_migrate.execution.runner import deploy
from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import Ddl
from online_migrate.policy import Policy
from tests.conftest import Connect
from tests.execution.plans import ADD_COLUMN, ADD_KEY, CUSTOMER, ORDERS, lock, only, settings, shape
from tests.waiting import in_background, until

BUDGET_S = 0.6
NOISE_S = 0.15


@contextmanager
def holding(connection: psycopg.Connection, table: str, mode: str) -> Iterator[int]:
    """Hold a lock in an open transaction; yields the holder's pid."""
    with connection.transaction():
        connection.execute(
            psycopg.sql.SQL("LOCK TABLE {} IN {} MODE").format(psycopg.sql.Identifier(table), psycopg.sql.SQL(mode))
        )
        yield connection.info.backend_pid


def test_application_statements_do_not_wait_behind_us(target: Database, second_connection: Connect) -> None:
    """A reader holds its lock all the time; others read meanwhile and are timed from their side."""
    reader, writer = second_connection(), second_connection()
    slowest = 0.0
    blocked = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, Waiting):
            blocked.set()

    with holding(reader, "orders", "ACCESS SHARE"):
        running = in_background(lambda: deploy(only(ADD_COLUMN), database=target, settings=settings(observer=watch)))
        assert blocked.wait(30)
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            started = time.monotonic()
            writer.execute(b"INSERT INTO orders (id) SELECT max(id) + 1 FROM orders")
            slowest = max(slowest, time.monotonic() - started)
        assert not running.done()
    assert running.result(30).state == "done"  # type: ignore[attr-defined]
    # Nothing was queued, so what is left is the noise of the machine.
    assert slowest < 0.1


def test_behind_a_young_transaction_the_queue_ends_with_the_budget(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    """A holder too young to be waited for makes us queue; who queues behind us waits for the budget at most."""
    reader, writer = second_connection(), second_connection()
    running, events = deploy_against(reader, b"LOCK TABLE orders IN ACCESS SHARE MODE", ADD_COLUMN, target)
    until(lambda: is_lock(connection, "orders", "AccessExclusiveLock", granted=False), "we queue for the lock")
    started = time.monotonic()
    writer.execute(b"SELECT count(*) FROM orders")
    assert time.monotonic() - started < BUDGET_S + NOISE_S
    until(lambda: any(isinstance(e, Retrying) for e in events), "the try is backed out")
    reader.rollback()
    assert running.result(30).state == "done"  # type: ignore[attr-defined]
    assert {e.sqlstate for e in events if isinstance(e, Retrying)} == {"55P03"}


def test_several_relations_share_one_budget(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    """While we wait for the second relation, who waits for the first is let go in time."""
    reader, writer = second_connection(), second_connection()
    running, events = deploy_against(reader, b"LOCK TABLE orders IN ROW EXCLUSIVE MODE", ADD_KEY, target)
    until(lambda: is_lock(connection, "customer", "ShareRowExclusiveLock", granted=True), "we hold the first lock")
    started = time.monotonic()
    writer.execute(b"INSERT INTO customer VALUES (100)")
    assert time.monotonic() - started < BUDGET_S + NOISE_S
    reader.rollback()
    assert running.result(30).state == "done"  # type: ignore[attr-defined]
    assert any(isinstance(e, Retrying) for e in events)


def deploy_against(
    holder: psycopg.Connection, statement: bytes, step: Ddl, target: Database
) -> tuple[Future[object], list[Event]]:
    """Deploy a step; the moment it starts, the holder takes a lock, so that it is young when we look."""
    events: list[Event] = []

    def observe(event: Event) -> None:
        events.append(event)
        if isinstance(event, StepStarted):
            holder.execute(b"BEGIN")
            holder.execute(statement)

    plan = only(step, policy=Policy(lock_budget_ms=round(BUDGET_S * 1000), lock_total_s=60))
    return in_background(lambda: deploy(plan, database=target, settings=settings(observer=observe))), events


def is_lock(connection: psycopg.Connection, table: str, mode: str, *, granted: bool) -> bool:
    """Whether a session has, or awaits, a lock."""
    row = connection.execute(
        b"SELECT count(*) FROM pg_locks WHERE relation = to_regclass(%s) AND mode = %s AND granted = %s",
        (table, mode, granted),
    ).fetchone()
    return row is not None and row[0] > 0


def test_giving_up_names_the_blocker_and_leaves_nothing(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    before = shape(connection)
    reader = second_connection()
    reader.execute(b"SET application_name = 'nightly report'")
    with holding(reader, "orders", "ACCESS SHARE") as pid, pytest.raises(LocksNotAvailable) as given_up:
        deploy(only(ADD_COLUMN, policy=Policy(lock_total_s=1)), database=target, settings=settings())
    assert f"pid {pid} " in given_up.value.message
    assert "application nightly report" in given_up.value.message
    assert "idle in transaction" in given_up.value.message
    assert shape(connection) == before
    assert deploy(None, database=target, settings=settings()).state == "done"


def test_who_was_waited_for_is_in_the_journal(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    reader = second_connection()
    blocked = threading.Event()
    with holding(reader, "customer", "ROW EXCLUSIVE") as pid:
        running = in_background(
            lambda: deploy(
                only(ADD_COLUMN, ADD_KEY),
                database=target,
                settings=settings(observer=lambda e: blocked.set() if isinstance(e, Waiting) else None),
            )
        )
        assert blocked.wait(30)
    running.result(30)
    record = journal.steps(connection, 1)[1]
    assert [(b["pid"], b["relation"], b["mode"]) for b in record.blockers] == [(pid, "public.customer", "RowExclusive")]
    assert "query" not in record.blockers[0]
    assert record.waited_ms > 0


def test_it_stops_while_it_waits(target: Database, second_connection: Connect) -> None:
    reader = second_connection()
    blocked = threading.Event()
    chosen = settings(observer=lambda e: blocked.set() if isinstance(e, Waiting) else None)
    object.__setattr__(chosen, "should_stop", blocked.is_set)
    with holding(reader, "orders", "ACCESS SHARE"), pytest.raises(Stopped):
        deploy(only(ADD_COLUMN), database=target, settings=chosen)


def test_a_slow_statement_under_lock_is_ended(target: Database) -> None:
    step = Ddl(id="slow", operation=None, purpose="be slow", sql=("SELECT pg_sleep(30)",), locks=(lock(ORDERS),))
    with pytest.raises(StatementTooSlow):
        deploy(only(step, policy=Policy(statement_timeout_ms=100)), database=target, settings=settings())


def test_what_cannot_be_locked_by_name_is_locked_by_its_statement(
    target: Database, connection: psycopg.Connection
) -> None:
    connection.execute(b"CREATE VIEW v AS SELECT id FROM orders; CREATE SEQUENCE s")
    names = [type(ORDERS)("public", name) for name in ("v", "s", "orders_pkey", "not_yet")]
    step = Ddl(
        id="many",
        operation=None,
        purpose="alter all sorts",
        sql=(
            "CREATE TABLE public.not_yet (id int)",
            "ALTER VIEW public.v RENAME TO w",
            "ALTER SEQUENCE public.s RENAME TO t",
            "ALTER INDEX public.orders_pkey RENAME TO orders_key",
        ),
        locks=tuple(lock(name) for name in names),
    )
    assert deploy(only(step), database=target, settings=settings()).state == "done"


def test_prepared_transactions_and_waiters_count(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    holder, waiter = second_connection(), second_connection()
    holder.execute(b"BEGIN")
    holder.execute(b"LOCK TABLE orders IN ROW EXCLUSIVE MODE")
    holder.execute(b"PREPARE TRANSACTION 'parked'")
    waiting = in_background(lambda: waiter.execute(b"LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; SELECT 1"))
    try:
        until(
            lambda: (
                {b.pid for b in blockers.of_locks(connection, (lock(ORDERS),), young_s=0.0)}
                == {0, waiter.info.backend_pid}
            ),
            "both are seen",
        )
        found = {b.pid: b for b in blockers.of_locks(connection, (lock(ORDERS),), young_s=0.0)}
        assert (found[0].state, found[0].query) == ("prepared transaction", "parked")
        assert blockers.of_locks(connection, (lock(CUSTOMER),), young_s=0.0) == ()
        harmless = lock(ORDERS, LockMode.ACCESS_SHARE)
        assert {b.pid for b in blockers.of_locks(connection, (harmless,), young_s=0.0)} == {waiter.info.backend_pid}
    finally:
        connection.execute(b"ROLLBACK PREPARED 'parked'")
        waiting.result(30)


def test_the_conflicts_are_those_of_the_server(connection: psycopg.Connection, second_connection: Connect) -> None:
    """Every pair of modes is tried on the server."""
    connection.execute(b"CREATE TABLE t ()")
    other = second_connection()
    for held in LockMode:
        for wanted in LockMode:
            with connection.transaction(force_rollback=True):
                connection.execute(_lock_statement(held))
                conflicts = False
                try:
                    with other.transaction():
                        other.execute(_lock_statement(wanted))
                except psycopg.errors.LockNotAvailable:
                    conflicts = True
            assert conflicts == (held in blockers.CONFLICTS[wanted]), f"{wanted} against {held}"


def _lock_statement(mode: LockMode) -> bytes:
    words = "".join(f" {c}" if c.isupper() else c for c in mode.value).strip().upper()
    return f"LOCK TABLE t IN {words} MODE NOWAIT".encode()
