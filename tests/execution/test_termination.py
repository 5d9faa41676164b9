"""Who is in the way is ended only where that is ordered, only whom the order covers, and it is written down."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import LeaseLost, LocksNotAvailable, SnapshotsInTheWay, Stopped
from online_migrate.events import Blocker, Ended, Event, Spared, StepStarted
from online_migrate.execution import journal, schema, termination
from online_migrate.execution.abort import abort
from online_migrate.execution.blockers import OLD_SNAPSHOT_S
from online_migrate.execution.engine import Engine, Termination
from online_migrate.execution.lease import Lease
from online_migrate.execution.runner import Outcome, deploy
from online_migrate.execution.status import status
from online_migrate.plan.steps import Step
from online_migrate.policy import Policy
from tests.conftest import Connect
from tests.execution.plans import ADD_COLUMN, BUILD_INDEX, COUNT, CUSTOMER, only, settings
from tests.waiting import in_background, until

SOON = Termination(after_s=0.2)
SHORT = Policy(lock_total_s=2)


def run(target: Database, step: Step, order: Termination | None, events: list[Event]) -> Outcome:
    chosen = replace(settings(observer=events.append), termination=order)
    return deploy(only(step, policy=SHORT), database=target, settings=chosen)


def hold(session: psycopg.Connection) -> int:
    """Read a secret in a transaction that stays open; return the session's pid."""
    session.execute(b"SET application_name = 'nightly report'")
    session.execute(b"BEGIN")
    session.execute(b"SELECT id FROM orders WHERE total = 4711")
    return session.info.backend_pid


def test_an_idle_holder_is_ended_and_written_down(target: Database, second_connection: Connect) -> None:
    events: list[Event] = []
    holder = second_connection()
    pid = hold(holder)
    outcome = run(target, ADD_COLUMN, SOON, events)
    assert outcome.state == "done"
    assert [e.blocker.pid for e in events if isinstance(e, Ended)] == [pid]
    (session,) = outcome.ended
    assert (session.step_id, session.pid, session.application_name) == (ADD_COLUMN.id, pid, "nightly report")
    assert session.state == "idle in transaction"
    assert session.query == "SELECT id FROM orders WHERE total = $1"
    assert is_ended(holder)


@pytest.mark.parametrize("undoing", [False, True], ids=["deploy", "abort"])
def test_an_idle_holder_of_rows_is_ended_and_written_down(
    target: Database, second_connection: Connect, undoing: bool
) -> None:
    """Row locks are in no view: it is looked whom the batch waits for."""
    if undoing:
        chosen = settings(stop_after=1)
        with pytest.raises(Stopped):
            deploy(only(COUNT, ADD_COLUMN, policy=SHORT), database=target, settings=chosen)
    holder = second_connection()
    holder.execute(b"BEGIN")
    holder.execute(b"UPDATE customer SET visits = visits WHERE id = 5")
    pid = holder.info.backend_pid
    events: list[Event] = []
    if undoing:
        abort(
            database=target,
            clock=SystemClock(),
            observer=events.append,
            should_stop=lambda: False,
            termination=SOON,
        )
    else:
        (session,) = run(target, COUNT, SOON, events).ended
        assert (session.step_id, session.pid) == (COUNT.id, pid)
    assert [e.blocker.pid for e in events if isinstance(e, Ended)] == [pid]
    assert is_ended(holder)


def is_ended(session: psycopg.Connection) -> bool:
    try:
        session.execute(b"SELECT 1")
    except psycopg.OperationalError:
        return True
    return False


def test_nobody_is_ended_unless_it_is_ordered(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    holder = second_connection()
    pid = hold(holder)
    with pytest.raises(LocksNotAvailable):
        run(target, ADD_COLUMN, None, [])
    assert holder.execute(b"SELECT 1").fetchone() == (1,)
    step = status(target).deploys[0].phases[0].steps[0]
    assert ([b["pid"] for b in step.record.blockers], step.ended) == ([pid], ())
    assert step.record.waited_ms > 1000
    assert step.record.state == "running"


def keep_snapshot(session: psycopg.Connection, age_s: float) -> int:
    session.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.execute(b"SELECT pg_sleep(%s)", (age_s,))
    return session.info.backend_pid


def test_who_holds_an_old_snapshot_is_ended_before_an_index_is_built(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    connection.execute(b"ALTER TABLE orders ADD COLUMN note text")
    holder = second_connection()
    pid = keep_snapshot(holder, OLD_SNAPSHOT_S)
    with pytest.raises(SnapshotsInTheWay):
        run(target, BUILD_INDEX, None, [])
    outcome = deploy(None, database=target, settings=replace(settings(), termination=SOON))
    assert (outcome.state, [session.pid for session in outcome.ended]) == ("done", [pid])
    assert is_ended(holder)


def test_who_keeps_an_index_build_waiting_is_ended(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    """A snapshot too young to be waited for before the build begins, and then it does not end."""
    connection.execute(b"ALTER TABLE orders ADD COLUMN note text")
    holder = second_connection()
    pids = []

    def observe(event: Event) -> None:
        if isinstance(event, StepStarted):
            pids.append(keep_snapshot(holder, 0.0))

    outcome = deploy(only(BUILD_INDEX), database=target, settings=replace(settings(observer=observe), termination=SOON))
    assert (outcome.state, [session.pid for session in outcome.ended]) == ("done", pids)
    assert is_ended(holder)


def test_who_is_at_work_is_ended_only_where_that_is_said_too(
    target: Database, second_connection: Connect, connection: psycopg.Connection
) -> None:
    holder = second_connection()
    pid = hold(holder)
    working = in_background(lambda: holder.execute(b"SELECT pg_sleep(60)"))
    until(lambda: _state(connection, pid) == "active", "it is at work")
    events: list[Event] = []
    with pytest.raises(LocksNotAvailable):
        run(target, ADD_COLUMN, SOON, events)
    assert {(e.blocker.pid, e.reason) for e in events if isinstance(e, Spared)} == {
        (pid, "it is at work; only --terminate-active would end it")
    }
    outcome = deploy(None, database=target, settings=replace(settings(), termination=replace(SOON, active=True)))
    assert [session.query for session in outcome.ended] == ["SELECT pg_sleep($1)"]
    assert isinstance(working.exception(30), psycopg.OperationalError)


def _state(connection: psycopg.Connection, pid: int) -> object:
    row = connection.execute(b"SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()
    return row[0] if row is not None else None


@contextmanager
def engine(target: Database, events: list[Event]) -> Iterator[Engine]:
    """An engine under its lease that may end everybody, in the middle of a deploy."""
    with target.connect("test") as connection:
        schema.install(connection)
    with Lease(target, clock=SystemClock(), should_stop=lambda: False) as lease:
        with target.connect("test") as connection:
            deploy_id = journal.Journal(lease.epoch).record_deploy(connection, only(ADD_COLUMN))
        yield Engine(
            database=target,
            policy=SHORT,
            clock=SystemClock(),
            observer=events.append,
            should_stop=lambda: False,
            lease=lease,
            deploy_id=deploy_id,
            termination=Termination(after_s=0.0, active=True),
        )


def end(engine: Engine, connection: psycopg.Connection, *pids: int) -> None:
    found = [
        Blocker(pid=pid, user="u", application_name="a", state="active", query="", age_s=99.0, relation=CUSTOMER)
        for pid in pids
    ]
    termination.end(engine, ADD_COLUMN, connection, found, waited_s=1.0)


def test_replication_server_processes_and_our_own_are_never_ended(
    target: Database, connection: psycopg.Connection
) -> None:
    events: list[Event] = []
    rows = connection.execute(b"SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'").fetchall()
    url = f"{target.url}{'&' if '?' in target.url else '?'}replication=database"
    with psycopg.connect(url, autocommit=True) as walsender, engine(target, events) as under:
        walsender.execute(b"IDENTIFY_SYSTEM")
        spared = {walsender.info.backend_pid, rows[0][0]}
        with target.connect("backfill", autocommit=False) as ours:
            ours.execute(b"SELECT count(*) FROM orders")
            end(under, connection, walsender.info.backend_pid, rows[0][0], ours.info.backend_pid)
            assert ours.execute(b"SELECT 1").fetchone() == (1,)
        walsender.execute(b"IDENTIFY_SYSTEM")
    assert not [e for e in events if isinstance(e, Ended)]
    assert {e.blocker.pid for e in events if isinstance(e, Spared)} == spared


def test_an_engine_that_lost_its_lease_ends_nobody(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    holder = second_connection()
    pid = hold(holder)
    with engine(target, []) as under:
        connection.execute(b"UPDATE online_migrate.lease SET epoch = epoch + 1")
        with pytest.raises(LeaseLost):
            end(under, connection, pid)
    assert holder.execute(b"SELECT 1").fetchone() == (1,)


def test_what_the_role_may_not_do_is_said(target: Database, connection: psycopg.Connection) -> None:
    """A role that owns the table, against sessions of another role and of a superuser."""
    connection.execute(
        b"DROP ROLE IF EXISTS term_owner; DROP ROLE IF EXISTS term_app;"
        b"CREATE ROLE term_owner LOGIN; CREATE ROLE term_app LOGIN;"
        b"GRANT SELECT ON orders TO term_app; GRANT SELECT ON alembic_version TO term_owner;"
        b"ALTER TABLE orders OWNER TO term_owner; GRANT CREATE ON SCHEMA public TO term_owner"
    )
    database = connection.info.dbname
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO term_owner").format(sql.Identifier(database)))
    events: list[Event]
    owner, events = as_role(target, "term_owner"), []
    try:
        with (
            closing(psycopg.connect(as_role(target, "term_app").url)) as theirs,
            closing(psycopg.connect(target.url)) as superusers,
        ):
            theirs.execute(b"SELECT FROM orders")
            with pytest.raises(LocksNotAvailable):
                run(owner, ADD_COLUMN, SOON, events)
            (spared,) = {e.reason for e in events if isinstance(e, Spared)}
            assert "role term_owner may not see what it does" in spared
            connection.execute(b"GRANT pg_read_all_stats, pg_signal_backend TO term_owner")
            superusers.execute(b"SELECT FROM orders")
            events.clear()
            chosen = replace(settings(observer=events.append), termination=SOON)
            with pytest.raises(LocksNotAvailable):
                deploy(None, database=owner, settings=chosen)
            assert [e.blocker.user for e in events if isinstance(e, Ended)] == ["term_app"]
            assert "only a superuser ends a superuser's" in next(e.reason for e in events if isinstance(e, Spared))
    finally:
        connection.execute(b"DROP SCHEMA online_migrate CASCADE; DROP OWNED BY term_owner, term_app CASCADE")
        connection.execute(b"DROP ROLE term_owner, term_app")


def as_role(target: Database, role: str) -> Database:
    parts = urlsplit(target.url)
    return Database(urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}")))
