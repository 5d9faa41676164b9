"""What is refused before anything is written, in words that name what is missing."""

from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.errors import ConnectionLost, JournalTooNew, PrivilegeMissing, ServerNotSupported, SettingInTheWay
from online_migrate.events import Event, StepStarted
from online_migrate.execution import journal, schema
from online_migrate.execution.runner import deploy
from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.model import Plan, PlannedOperation, Script
from online_migrate.plan.operation import Operation
from tests.execution.disguise import calls_itself
from tests.execution.plans import ADD_COLUMN, BEFORE_GATE, CUSTOMER, ORDERS, VERSION, make_plan, only, settings

ROLE = "deployer"


def altering_orders() -> Plan:
    """A plan whose one operation alters orders."""
    verdict = Assessment(
        migration_type="Add Column",
        risk=Risk.MINIMAL,
        locks=(),
        rewrites=False,
        scans=False,
        estimate_s=(0.0, 0.1),
        compatibility=Compatibility.NONE,
        data_loss=False,
        why="",
    )
    operation = PlannedOperation(
        operation=Operation(id="r2:1", revision="r2", source=None, directive=None, sql="", search_path=()),
        kind="add_column",
        table=ORDERS,
        assessment=verdict,
        strategy="as_written",
        online=True,
    )
    return replace(only(ADD_COLUMN), operations=(operation,))


@pytest.fixture
def deployer(target: Database, connection: psycopg.Connection) -> Database:
    """The same database as a role without rights."""
    connection.execute(b"DO $$ BEGIN CREATE ROLE deployer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    connection.execute(b"GRANT SELECT ON alembic_version TO deployer")
    parts = urlsplit(target.url)
    return Database(urlunsplit(parts._replace(netloc=f"{ROLE}@{parts.netloc.rpartition('@')[2]}")))


def test_missing_rights_are_named_one_after_the_other(deployer: Database, connection: psycopg.Connection) -> None:
    with pytest.raises(PrivilegeMissing, match="deployer may not create the schema online_migrate") as refused:
        deploy(altering_orders(), database=deployer, settings=settings())
    assert "GRANT CREATE ON DATABASE" in str(refused.value.hint)

    schema.install(connection)
    with pytest.raises(PrivilegeMissing, match="may not use the schema online_migrate"):
        deploy(altering_orders(), database=deployer, settings=settings())

    connection.execute(b"DROP SCHEMA online_migrate CASCADE; CREATE SCHEMA online_migrate AUTHORIZATION deployer")
    with pytest.raises(PrivilegeMissing, match=r"does not own public\.orders"):
        deploy(altering_orders(), database=deployer, settings=settings())

    connection.execute(b"ALTER TABLE orders OWNER TO deployer; GRANT CREATE ON SCHEMA public TO deployer")
    assert deploy(altering_orders(), database=deployer, settings=settings()).state == "done"


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("CockroachDB CCL v26.3.0 (x86_64-pc-linux-gnu, built 2026/08/01)", "CockroachDB"),
        ("PostgreSQL 15.2-YB-2.25.1.0-b0 on x86_64-pc-linux-gnu", "YugabyteDB"),
        ("PostgreSQL 12.12 (Greenplum Database 7.1.0)", "Greenplum"),
        ("PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.1", "Redshift"),
    ],
)
def test_other_systems_are_refused_in_words(
    target: Database, connection: psycopg.Connection, version: str, name: str
) -> None:
    calls_itself(connection, version)
    with pytest.raises(ServerNotSupported, match=f"Plans are not run on this server: {name} ") as refused:
        deploy(make_plan(), database=target, settings=settings())
    assert "Plan and reports still work" in str(refused.value.hint)
    assert connection.execute(b"SELECT to_regnamespace('online_migrate')").fetchone() == (None,)


def test_tables_that_citus_distributed_are_refused_and_local_ones_pass(
    target: Database, connection: psycopg.Connection
) -> None:
    connection.execute(
        b"SET allow_system_table_mods = on;"
        b"INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
        b" VALUES (99999, 'citus', 10, 11, false, '13');"
        b'CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char");'
        b"INSERT INTO pg_dist_partition VALUES ('customer', 'h'); RESET allow_system_table_mods"
    )
    with pytest.raises(ServerNotSupported, match=r"Citus has distributed public\.customer"):
        deploy(make_plan(), database=target, settings=settings())
    assert connection.execute(b"SELECT to_regnamespace('online_migrate')").fetchone() == (None,)
    assert deploy(only(ADD_COLUMN), database=target, settings=settings()).state == "done"


def test_a_newer_journal_is_left_alone(target: Database, connection: psycopg.Connection) -> None:
    schema.install(connection)
    connection.execute(b"INSERT INTO online_migrate.schema_version VALUES (99, '9.0', now())")
    with pytest.raises(JournalTooNew, match=r"version \(99\)"):
        deploy(only(ADD_COLUMN), database=target, settings=settings())


def test_the_tables_of_a_plan_are_those_it_locks() -> None:
    assert make_plan().relations == (VERSION, CUSTOMER, ORDERS)


def test_scripts_are_known_by_name_and_content(target: Database, connection: psycopg.Connection) -> None:
    script = Script(name="001.sql", sha256="ab" * 32)
    deploy(replace(make_plan(), scripts=(script,)), database=target, settings=settings(BEFORE_GATE))
    assert journal.scripts_applied(connection) == (script,)
    again = replace(only(ADD_COLUMN), scripts=(script,))
    assert deploy(again, database=target, settings=settings(BEFORE_GATE)).deploy_id is None


@pytest.mark.pg(">=15")  # pg_stat_force_next_flush
def test_updates_of_the_journal_are_hot(target: Database, connection: psycopg.Connection) -> None:
    deploy(make_plan(), database=target, settings=settings())
    connection.execute(b"SELECT pg_stat_force_next_flush()")
    for table in (b"step", b"deploy"):
        row = connection.execute(
            b"SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s", (table.decode(),)
        ).fetchone()
        assert row is not None
        assert row[0] == row[1]


@pytest.mark.parametrize("setting", ["default_transaction_read_only = on", "datestyle = German"])
def test_settings_of_the_role_that_are_in_the_way_are_named(
    deployer: Database, connection: psycopg.Connection, setting: str
) -> None:
    connection.execute(f"ALTER ROLE {ROLE} SET {setting}".encode())
    try:
        with pytest.raises(SettingInTheWay, match=f"(?i){setting.split(maxsplit=1)[0]}"):
            deploy(only(ADD_COLUMN), database=deployer, settings=settings())
    finally:
        connection.execute(f"ALTER ROLE {ROLE} RESET ALL".encode())
    assert connection.execute("SELECT to_regnamespace('online_migrate')").fetchone() == (None,)


def test_sessions_made_read_only_under_a_deploy_are_no_standby_for_certain(
    target: Database, connection: psycopg.Connection
) -> None:
    name = connection.info.dbname

    def strike(event: Event) -> None:
        if isinstance(event, StepStarted):
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())

    with pytest.raises(ConnectionLost, match="or its sessions were made read-only"):
        deploy(only(ADD_COLUMN), database=target, settings=settings(observer=strike))
    with pytest.raises(SettingInTheWay):
        deploy(None, database=target, settings=settings())
    connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    assert deploy(None, database=target, settings=settings()).state == "done"
