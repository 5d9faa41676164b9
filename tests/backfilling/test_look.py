"""Looks at a real server: what is there to be seen, and what a role may not see."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from online_migrate.backfilling.look import Look, Unreadable, look
from online_migrate.backfilling.reading import Reading
from online_migrate.backfilling.signals import Surroundings, readings
from online_migrate.database import Database
from online_migrate.embedded import THROWAWAY, UNPRIVILEGED, Server
from online_migrate.policy import Policy
from tests.conftest import Connect
from tests.waiting import in_background, until, until_waiting_for_lock


def seen(connection: psycopg.Connection, policy: Policy | None = None, *, at: float = 0.0, relid: int = 0) -> Look:
    return look(connection, at=at, commit_ms=1.0, relid=relid, policy=policy or Policy())


def read(*looks: Look) -> dict[str, Reading]:
    around = Surroundings(policy=Policy(), commit_ms=1.0, cpus=4)
    return {reading.setting: reading for reading in readings(looks, around)}


@pytest.fixture
def ours(database: str) -> Iterator[psycopg.Connection]:
    """The connection that looks."""
    with Database(database).connect("pacing") as connection:
        yield connection


def test_everything_is_readable_on_every_version(ours: psycopg.Connection, connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id int)")
    row = connection.execute("SELECT 't'::regclass::oid::int").fetchone()
    assert row is not None
    found = seen(ours, relid=row[0])
    parts = (found.sessions, found.blocked, found.replicas, found.slots, found.wal, found.forced_checkpoints)
    assert not [part for part in (*parts, found.horizon, found.table) if isinstance(part, Unreadable)]
    assert found.table is not None
    assert found.own_query is None
    assert ours.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_an_application_session_that_waits_for_us_is_found_and_one_that_waits_for_others_is_not(
    ours: psycopg.Connection, database: str, second_connection: Connect
) -> None:
    second_connection().execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
    application, waiting = second_connection(), second_connection()
    policy = Policy(pacing_blocked_ms=1)

    def write() -> object:
        return waiting.execute("UPDATE t SET id = id")

    with application.transaction():
        application.execute("UPDATE t SET id = id")
        blocked = in_background(write)
        until_waiting_for_lock(ours, "UPDATE t SET id = id")
        assert seen(ours, policy).blocked is None
    blocked.result(30)
    with Database(database).connect("backfill") as backfill:
        with backfill.transaction():
            backfill.execute("UPDATE t SET id = id")
            blocked = in_background(write)
            until(lambda: seen(ours, policy).blocked, "it has waited long enough to be seen")
            found = seen(ours, policy).blocked
            assert not isinstance(found, Unreadable)
            assert found is not None
            assert found.pid == waiting.info.backend_pid
        blocked.result(30)


def test_who_keeps_dead_rows_is_named(ours: psycopg.Connection, second_connection: Connect) -> None:
    second_connection().execute("CREATE TABLE t (id int)")
    holder = second_connection()
    with holder.transaction():
        holder.execute("INSERT INTO t VALUES (1)")
        second_connection().execute("INSERT INTO t VALUES (2)")
        found = read(seen(ours, at=0.0), seen(ours, at=100.0))["horizon_wait_s"]
        assert found.value == 100
        assert f"pid {holder.info.backend_pid} of " in found.words
        assert "idle in transaction" in found.words
    assert read(seen(ours, at=0.0), seen(ours, at=100.0))["horizon_wait_s"].value == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 2.5::numeric", 2.5),
        ("SELECT count(*) FROM pg_class WHERE false", 0.0),
        ("SELECT NULL::int", "one row of one number"),
        ("SELECT 'NaN'::float8", "one row of one number"),
        ("SELECT 1, 2", "one row of one number"),
        ("SELECT nowhere", "nowhere"),
        ("CREATE TABLE u (id int)", "read-only"),
        ("SELECT 1 FROM pg_sleep(5)", "statement timeout"),
    ],
)
def test_an_own_query_is_one_number_read_in_time_and_changes_nothing(
    ours: psycopg.Connection, text: str, expected: float | str
) -> None:
    found = seen(ours, Policy(pacing_query=text))
    if isinstance(expected, str):
        assert isinstance(found.own_query, Unreadable)
        assert expected in found.own_query.words
        assert not isinstance(found.wal, Unreadable)  # it took nothing else with it
    else:
        assert found.own_query == expected


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    """A server of its own: a replica copies all of it."""
    with Server.start(settings={**THROWAWAY, "wal_level": "replica", "synchronous_commit": "on"}) as server:
        yield server


@pytest.fixture(scope="module")
def replica(primary: Server) -> Iterator[Server]:
    """A streaming replica of the primary, named r1."""
    with TemporaryDirectory(prefix="online-migrate-replica-") as directory:
        home = Path(directory)
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        if user is not None:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        program = primary.binaries / "pg_basebackup"
        options = ["-D", str(home / "data"), "-d", primary.url(), "-R", "-c", "fast", "-X", "stream"]
        subprocess.run([program, *options], cwd=home, user=user, check=True, capture_output=True)
        source = f"host={primary.directory} user=postgres application_name=r1"
        with Server.start(home, settings={**THROWAWAY, "primary_conninfo": source}) as server:
            yield server


def test_a_replica_is_followed_and_one_that_replays_no_more_holds(primary: Server, replica: Server) -> None:
    database = Database(primary.url())
    with (
        database.connect("pacing") as ours,
        psycopg.connect(primary.url(), autocommit=True) as writer,
        psycopg.connect(replica.url(), autocommit=True) as standby,
    ):
        writer.execute("CREATE TABLE t (id int)")
        until(lambda: read(seen(ours)).get("pacing_lag_mb"), "the replica streams")
        until(lambda: read(seen(ours))["pacing_lag_mb"].value == 0, "it has replayed everything")
        before = seen(ours, at=0.0)
        standby.execute("SELECT pg_wal_replay_pause()")
        until(
            lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",),
            "the replay has paused",
        )
        writer.execute("INSERT INTO t SELECT generate_series(1, 10000)")
        looks = (before, seen(ours, at=1.0), seen(ours, at=9.0))
        found = read(*looks)["pacing_lag_s"]
        assert found.holds
        assert found.words == "replica r1 is 8 s behind (limit 5 s)"
        standby.execute("SELECT pg_wal_replay_resume()")
        until(lambda: not read(*looks, seen(ours, at=10.0))["pacing_lag_s"].holds, "it has caught up")


def test_a_replica_that_a_role_may_not_see_holds_until_it_may(primary: Server, replica: Server) -> None:
    del replica
    role = sql.Identifier("app_without_rights")
    with psycopg.connect(primary.url(), autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        with Database(primary.url().replace("postgres@", "app_without_rights@")).connect("pacing") as ours:
            until(lambda: seen(ours).replicas, "the replica is connected")
            found = read(seen(ours))["pacing_lag_s"]
            assert found.holds
            assert found.words == "replica lag is hidden from us: GRANT pg_monitor TO app_without_rights"
            administrator.execute(sql.SQL("GRANT pg_monitor TO {}").format(role))
            until(lambda: not read(seen(ours))["pacing_lag_s"].holds, "the lag is seen")
        administrator.execute(sql.SQL("REVOKE pg_monitor FROM {}; DROP ROLE {}").format(role, role))


def test_a_receiver_without_a_replay_counts_by_what_it_has(primary: Server) -> None:
    with TemporaryDirectory(prefix="online-migrate-receiver-") as directory:
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        if user is not None:
            os.chown(directory, pwd.getpwnam(user).pw_uid, -1)
        with (
            psycopg.connect(primary.url(), autocommit=True) as administrator,
            Database(primary.url()).connect("pacing") as ours,
        ):
            administrator.execute("SELECT pg_create_physical_replication_slot('receiver', true)")
            program = primary.binaries / "pg_receivewal"
            options = ["-D", directory, "-d", primary.url() + "&application_name=receiver", "-S", "receiver"]
            with subprocess.Popen([program, *options], user=user, stderr=subprocess.DEVNULL) as process:
                try:
                    until(
                        lambda: (
                            [r for r in found if r.name == "receiver" and r.position is not None]
                            if not isinstance(found := seen(ours).replicas, Unreadable)
                            else ()
                        ),
                        "the receiver has reported",
                    )
                    slots = seen(ours).slots
                    assert not isinstance(slots, Unreadable)
                    assert [slot.name for slot in slots] == ["receiver"]
                    assert read(seen(ours))["pacing_slot_mb"].value is not None
                finally:
                    process.terminate()
            until(
                lambda: (
                    administrator.execute(
                        "SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'receiver'"
                    ).fetchone()
                    == (True,)
                ),
                "the slot is free",
            )
            administrator.execute("SELECT pg_drop_replication_slot('receiver')")


AURORA = """
CREATE FUNCTION pg_catalog.aurora_replica_status(
    OUT server_id text, OUT session_id text, OUT replica_lag_in_msec double precision
) RETURNS SETOF record LANGUAGE sql AS $$
VALUES ('writer', 'MASTER_SESSION_ID', NULL), ('reader-1', 'a', 20.0), ('reader-2', 'b', 61000.0)
$$
"""


def test_the_lag_of_aurora_s_readers_is_what_they_say(ours: psycopg.Connection, connection: psycopg.Connection) -> None:
    connection.execute(AURORA)
    found = seen(ours)
    reading = read(found, seen(ours, at=1.0))["pacing_lag_s"]
    assert reading.words.startswith("replica reader-2 is 61 s behind")
    assert reading.value == 61.0
    assert "pacing_lag_mb" not in read(found)
