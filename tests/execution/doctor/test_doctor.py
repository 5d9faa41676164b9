"""Each thing the doctor finds, shown by making it so."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from online_migrate import clock
from online_migrate.database import Database
from online_migrate.execution import schema, server
from online_migrate.execution.calibration.measure import measure
from online_migrate.execution.calibration.store import store
from online_migrate.execution.doctor import server as doctor_server
from online_migrate.execution.doctor import sessions
from online_migrate.execution.doctor.examine import examine
from online_migrate.execution.doctor.model import Diagnosis, Health, named
from online_migrate.execution.runner import deploy
from tests.conftest import Connect
from tests.execution.doctor.pooler import pooled
from tests.execution.plans import ADD_COLUMN, SCHEMA, only, settings
from tests.execution.test_admission import altering_orders
from tests.waiting import until

ROLE = "examined"


def found(url: str, subject: str) -> Diagnosis:
    """What the doctor says of one subject, which it must say once."""
    told = [d for d in examine(Database(url)) if d.subject == subject]
    assert len(told) == 1, told
    return told[0]


@pytest.fixture
def plain(database: str, connection: psycopg.Connection) -> Iterator[str]:
    """The URL of the database as a role that has been given nothing."""
    connection.execute(b"DO $$ BEGIN CREATE ROLE examined LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    parts = urlsplit(database)
    yield urlunsplit(parts._replace(netloc=f"{ROLE}@{parts.netloc.rpartition('@')[2]}"))
    connection.execute(b"DROP OWNED BY examined; ALTER ROLE examined RESET ALL")
    connection.execute(b"REVOKE pg_read_all_stats, pg_signal_backend FROM examined")


def test_a_fit_database_is_told_to_be_so(database: str, plain: str, connection: psycopg.Connection) -> None:
    connection.execute(
        sql.SQL("GRANT CREATE ON DATABASE {} TO examined").format(sql.Identifier(urlsplit(database).path[1:]))
    )
    connection.execute(b"GRANT pg_read_all_stats TO examined")
    wrong = [d for d in examine(Database(plain)) if d.health is not Health.OK and d.subject not in CLUSTER_WIDE]
    assert not wrong


CLUSTER_WIDE = ("inactive-slots", "standbys")
"""What another test on the same server may have made."""


def test_missing_rights(plain: str, connection: psycopg.Connection) -> None:
    connection.execute(b"CREATE TABLE t (a int)")
    assert found(plain, "journal-rights").health is Health.PROBLEM
    assert "may not create the schema online_migrate" in found(plain, "journal-rights").what
    assert "public.t" in found(plain, "ownership").what
    assert found(plain, "sees-sessions").health is Health.WARNING
    assert "may not" in found(plain, "ends-sessions").what
    assert found(plain, "role").health is Health.OK

    connection.execute(b"GRANT pg_read_all_stats, pg_signal_backend TO examined; ALTER TABLE t OWNER TO examined")
    for subject in ("ownership", "sees-sessions", "ends-sessions"):
        assert found(plain, subject).health is Health.OK
    assert "may not" not in found(plain, "ends-sessions").what


def test_a_superuser_is_too_much(database: str) -> None:
    assert found(database, "role").health is Health.WARNING


def test_tables_of_a_plan(plain: str, connection: psycopg.Connection) -> None:
    connection.execute(SCHEMA)
    *_, last = examine(Database(plain), altering_orders())
    assert (last.subject, last.health) == ("plan-ownership", Health.PROBLEM)
    connection.execute(b"ALTER TABLE orders OWNER TO examined")
    *_, last = examine(Database(plain), altering_orders())
    assert last.health is Health.OK


@pytest.mark.parametrize(
    ("setting", "value", "health"),
    [
        ("default_transaction_read_only", "on", Health.PROBLEM),
        ("session_replication_role", "replica", Health.PROBLEM),
        ("track_counts", "off", Health.WARNING),
        ("lock_timeout", "1s", Health.OK),
        ("idle_in_transaction_session_timeout", "5s", Health.OK),
        pytest.param("transaction_timeout", "1min", Health.WARNING, marks=pytest.mark.pg(">=17")),
    ],
)
def test_settings_of_the_role(
    plain: str, connection: psycopg.Connection, setting: str, value: str, health: Health
) -> None:
    connection.execute(sql.SQL("ALTER ROLE examined SET {} = {}").format(sql.Identifier(setting), sql.Literal(value)))
    told = found(plain, "settings")
    assert told.health is health
    assert f"{setting} is " in told.what
    assert "(with ALTER ROLE)" in told.what


def test_open_transactions(connection: psycopg.Connection, second_connection: Connect) -> None:
    holder = second_connection()
    holder.execute(b"BEGIN")
    holder.execute(b"SELECT 1")
    assert sessions.old_transactions(connection).health is Health.OK
    told = sessions.old_transactions(connection, old_s=0.0)
    assert told.health is Health.WARNING
    assert f"pid {holder.info.backend_pid}" in told.what


def test_prepared_transactions(database: str, connection: psycopg.Connection) -> None:
    connection.execute(b"BEGIN")
    connection.execute(b"CREATE TABLE t (a int)")
    connection.execute(b"PREPARE TRANSACTION 'forgotten'")
    try:
        told = found(database, "prepared-transactions")
    finally:
        connection.execute(b"ROLLBACK PREPARED 'forgotten'")
    assert told.health is Health.WARNING
    assert "'forgotten'" in told.what
    assert found(database, "prepared-transactions").health is Health.OK


def test_a_slot_that_nobody_reads(database: str, connection: psycopg.Connection) -> None:
    connection.execute(b"SELECT pg_create_physical_replication_slot('unread', true)")
    try:
        told = found(database, "inactive-slots")
    finally:
        connection.execute(b"SELECT pg_drop_replication_slot('unread')")
    assert told.health is Health.WARNING
    assert "unread" in told.what


def test_standbys_whose_lag_can_be_read_and_cannot(database: str, plain: str, connection: psycopg.Connection) -> None:
    separator = "&" if "?" in database else "?"
    standby = psycopg.connect(f"{database}{separator}replication=true&application_name=standby", autocommit=True)
    with ExitStack() as stack:
        stack.callback(standby.close)
        row = connection.execute(b"SELECT pg_current_wal_flush_lsn()::text").fetchone()
        assert row is not None
        standby.pgconn.exec_(f"START_REPLICATION PHYSICAL {row[0]}".encode())
        until(
            lambda: connection.execute(
                b"SELECT 1 FROM pg_stat_replication WHERE application_name = 'standby'"
            ).fetchone(),
            "the standby is seen",
        )
        assert "standby: lag can be read" in found(database, "standbys").what
        assert "cannot read how far behind" in found(plain, "standbys").what


@pytest.mark.filterwarnings("ignore")
def test_publications_and_subscriptions(database: str, connection: psycopg.Connection) -> None:
    connection.execute(b"CREATE TABLE t (a int); CREATE PUBLICATION changes FOR TABLE t")
    assert "changes (1)" in found(database, "publications").what
    connection.execute(
        b"CREATE SUBSCRIPTION arriving CONNECTION 'dbname=nowhere' PUBLICATION p"
        b" WITH (connect = false, slot_name = NONE)"
    )
    try:
        told = found(database, "subscriptions")
    finally:
        connection.execute(b"DROP SUBSCRIPTION arriving")
    assert told.health is Health.WARNING
    assert "arriving" in told.what


def test_indexes_that_are_not_whole(database: str, connection: psycopg.Connection) -> None:
    connection.execute(b"CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(b"CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    connection.execute(
        b"CREATE TABLE parent (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parent FOR VALUES IN (1);"
        b"CREATE INDEX shell ON ONLY parent (a)"
    )
    assert "public.broken" in found(database, "invalid-indexes").what
    assert "public.shell" in found(database, "incomplete-indexes").what


def test_a_partition_that_is_half_detached(
    database: str, connection: psycopg.Connection, second_connection: Connect
) -> None:
    connection.execute(
        b"CREATE TABLE parent (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parent FOR VALUES IN (1)"
    )
    reader = second_connection()
    reader.execute(b"BEGIN; SELECT FROM parent")
    connection.execute(b"SET statement_timeout = '200ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute(b"ALTER TABLE parent DETACH PARTITION part CONCURRENTLY")
    assert "public.part" in found(database, "half-detached").what


def test_fill_triggers_of_no_deploy(database: str, connection: psycopg.Connection) -> None:
    connection.execute(SCHEMA)
    connection.execute(
        b"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        b"CREATE TRIGGER zz_online_migrate_1 BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()"
    )
    told = found(database, "fill-triggers")
    assert told.health is Health.WARNING
    assert "zz_online_migrate_1 on public.orders" in told.what

    waiting = deploy(only(ADD_COLUMN), database=Database(database), settings=settings())
    connection.execute(b"UPDATE online_migrate.deploy SET state = 'gate'")
    assert waiting.state
    assert found(database, "fill-triggers").health is Health.OK


def test_row_security_and_event_triggers(database: str, plain: str, connection: psycopg.Connection) -> None:
    connection.execute(b"CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    connection.execute(
        b"CREATE FUNCTION heard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        b"CREATE EVENT TRIGGER listening ON ddl_command_end EXECUTE FUNCTION heard()"
    )
    assert "public.t" in found(plain, "row-security").what
    assert found(database, "row-security").health is Health.OK
    assert "listening (ddl_command_end, heard)" in found(database, "event-triggers").what


def test_the_journal_and_its_version(database: str, connection: psycopg.Connection) -> None:
    assert "none yet" in found(database, "journal").what
    schema.install(connection)
    assert "nobody runs this database" in found(database, "journal").what
    connection.execute(b"INSERT INTO online_migrate.schema_version VALUES (99, '9.9', now())")
    told = found(database, "journal")
    assert told.health is Health.PROBLEM
    assert told.do is not None


def test_estimates_of_another_version_of_the_server(database: str, connection: psycopg.Connection) -> None:
    assert "documented" in found(database, "estimates").what
    schema.install(connection)
    store(connection, measure(connection, clock.SystemClock(), rows=1000))
    assert "Calibrated" in found(database, "estimates").what
    connection.execute(b"UPDATE online_migrate.rates SET server_version_num = 130004")
    assert found(database, "estimates").health is Health.WARNING


def test_a_pooler_in_transaction_mode(database: str) -> None:
    with pooled(database, "transaction") as url:
        told = found(url, "pooler")
    assert told.health is Health.PROBLEM
    assert "transaction mode" in told.what


def test_a_pooler_in_session_mode(database: str) -> None:
    with pooled(database, "session") as url:
        assert found(url, "pooler").health is Health.WARNING
    assert found(database, "pooler").health is Health.OK


PLAIN = {
    "server_version": "18.6",
    "server_version_num": 180006,
    "aurora": False,
    "rds": False,
    "cloud_sql": False,
    "azure": False,
}


@pytest.mark.parametrize(
    ("different", "health", "words"),
    [
        ({}, Health.OK, "PostgreSQL 18.6"),
        ({"aurora": True, "rds": True}, Health.OK, "Amazon Aurora"),
        ({"rds": True}, Health.OK, "Amazon RDS"),
        ({"server_version": "14.3", "server_version_num": 140003}, Health.PROBLEM, "CONCURRENTLY can leave rows out"),
        ({"server_version": "19.0", "server_version_num": 190000}, Health.WARNING, "newer than any"),
    ],
)
def test_versions_and_hosts(different: dict[str, object], health: Health, words: str) -> None:
    told = doctor_server.version(PLAIN | different)
    assert told.health is health
    assert words in told.what


def test_citus_is_warned_of(connection: psycopg.Connection) -> None:
    here = server.read(connection)
    assert doctor_server.citus(here) is None
    told = doctor_server.citus(replace(here, citus=True))
    assert told is not None
    assert (told.health, "distributed" in told.what) == (Health.WARNING, True)


def test_what_a_deploy_refuses_is_a_problem(connection: psycopg.Connection) -> None:
    here = server.read(connection)
    foreign = doctor_server.refused("server", server.refuse_foreign, replace(here, version="CockroachDB CCL v26.3.0"))
    standby = doctor_server.refused("primary", server.refuse_standby, replace(here, standby=True))
    for refused, word in ((foreign, "CockroachDB"), (standby, "standby")):
        assert refused is not None
        assert refused.health is Health.PROBLEM
        assert word in refused.what
        assert refused.do
    assert doctor_server.refused("server", server.refuse_foreign, here) is None


def test_many_names_are_counted() -> None:
    assert named("a") == "a"
    assert named("ab") == "a and b"
    assert named("abcdefg") == "a, b, c, d and 3 more"
