"""Which way a helper goes, and what it says and refuses."""

import logging
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from online_migrate import add_check, add_column, add_unique, backfill, create_index, drop_index, set_not_null
from online_migrate.errors import ComputedWrong, HelperMisused
from online_migrate.execution import schema
from tests.helpers.conftest import LARGE, SMALL, Project

SETUP = """
    CREATE TABLE "user" (id int PRIMARY KEY, name text);
    INSERT INTO "user" SELECT i, 'name ' || i FROM generate_series(1, 200) i;
    ANALYZE
"""
HEADER = "from online_migrate import add_column, backfill, create_index, set_not_null"
UPPER = """backfill(op, "user", set_={"name": "upper(name)"})"""
COMPUTED = """
    backfill(op, "user", compute=lambda rows: [{"name": r["name"].upper()} for r in rows], columns=["name"],
             reads=["id", "name"])
"""


@pytest.fixture
def large(project: Project, connection: psycopg.Connection) -> Project:
    connection.execute(SETUP)
    project.settings(LARGE)
    return project.alembic()


def upper(connection: psycopg.Connection) -> bool:
    return connection.execute("""SELECT count(*) FROM "user" WHERE name = 'NAME ' || id""").fetchone() == (200,)


@pytest.mark.parametrize("body", [UPPER, COMPUTED], ids=["sql", "python"])
@pytest.mark.parametrize("most", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("driver", ["psycopg2", "asyncpg"])
def test_every_driver(large: Project, connection: psycopg.Connection, driver: str, most: int, body: str) -> None:
    large.settings(most)
    large.alembic(driver=driver)
    large.revision("a1", body, header=HEADER)
    large.upgrade()
    assert upper(connection)
    assert schema.exists(connection) == (most == LARGE)


def test_a_table_that_the_script_has_changed(
    large: Project, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    body = """
        op.add_column("user", sa.Column("upper", sa.Text))
        backfill(op, "user", set_={"upper": "upper(name)"})
        set_not_null(op, "user", "upper")
        raise RuntimeError("after all")
    """
    large.revision("a1", body, header=HEADER)
    with pytest.raises(RuntimeError, match="after all"):
        large.upgrade()
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 2
    assert "backfill(user): in one pass, because this transaction has already changed the table." in told[0]
    assert not schema.exists(connection)
    columns = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = '\"user\"'::regclass AND attnum > 0"
    )
    assert columns.fetchall() == [("id",), ("name",)]


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("connection.begin()", "env.py holds the transaction"),
        ("connection.execute(sa.text('SET ROLE clerk')); connection.commit()", "env.py has set another role"),
    ],
)
def test_where_it_may_not_work_alone(
    large: Project, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture, before: str, reason: str
) -> None:
    large.revision("a1", UPPER, header=HEADER)
    connection.execute("CREATE ROLE clerk SUPERUSER")
    try:
        engine = sa.create_engine(large.driven("psycopg"), poolclass=sa.pool.NullPool)
        with engine.connect() as own:
            exec(before, {"connection": own, "sa": sa})
            context = MigrationContext.configure(own)
            with context.begin_transaction():
                backfill(Operations(context), "user", {"name": "upper(name)"})
            own.commit()
        assert any(reason in record.getMessage() for record in caplog.records)
        assert upper(connection)
        assert not schema.exists(connection)
    finally:
        connection.execute("DROP ROLE clerk")


def test_python_cannot_be_printed(large: Project) -> None:
    large.revision("a0", "pass")
    large.revision("a1", COMPUTED, header=HEADER)
    with pytest.raises(HelperMisused, match="cannot be printed as SQL"):
        large.printed("a0")


def test_a_deploy_must_find_the_function(large: Project) -> None:
    large.revision("a1", COMPUTED, header=HEADER)
    ended = large.run("deploy")
    assert ended.status == 2
    assert "cannot be found again by a deploy" in ended.told


def test_another_database(tmp_path: Path) -> None:
    """The tests of an application may run its migrations on SQLite."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/app.db")
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        connection.execute(sa.text('CREATE TABLE "user" (id integer PRIMARY KEY, name text, upper text)'))
        connection.execute(sa.text("INSERT INTO \"user\" (name) VALUES ('50% a'), ('b')"))
        backfill(op, "user", {"upper": "upper(name)"}, where="upper IS NULL AND name LIKE '50%'")
        backfill(
            op,
            "user",
            compute=lambda rows: [{"upper": row["name"].upper()} for row in rows],
            columns=["upper"],
            reads=["name"],
            where=sa.column("upper").is_(None),
        )
        add_column(op, "user", sa.Column("age", sa.Integer))
        create_index(op, "user_name", "user", ["name"])
        drop_index(op, "user_name", "user")
        set_not_null(op, "user", "upper")
        add_check(op, "named", "user", "name <> ''")
        add_unique(op, "one_name", "user", ["name"])
        assert connection.execute(sa.text('SELECT upper FROM "user" ORDER BY id')).scalars().all() == ["50% A", "B"]
        columns = {column["name"]: column["nullable"] for column in sa.inspect(connection).get_columns("user")}
        assert columns == {"id": True, "name": True, "upper": False, "age": True}
    engine.dispose()


def one(rows: object) -> list[dict[str, str]]:
    return [{"name": "a"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "give either set_ or compute"),
        ({"set_": {}}, "names no column"),
        ({"set_": {"name": "a, b"}}, "not one SQL expression"),
        ({"set_": {"name": "'x'"}, "where": "true; DROP TABLE user"}, "where is not one SQL expression"),
        ({"set_": {"name": object()}}, "is of type object"),
        ({"set_": {"name": one}}, "is a function"),
        ({"set_": {"name": "'x'"}, "reads": ["id"]}, "are for compute="),
        ({"compute": one, "reads": ["id"]}, "columns names no column"),
        ({"compute": one, "columns": ["name"], "reads": "id"}, "reads names no column"),
        ({"compute": one, "columns": ["name"], "reads": ["nothing"]}, "has no column nothing"),
    ],
)
def test_arguments_that_say_nothing(large: Project, arguments: dict[str, object], said: str) -> None:
    large.settings(SMALL)
    with sa.create_engine(large.driven("psycopg"), poolclass=sa.pool.NullPool).connect() as connection:
        op = Operations(MigrationContext.configure(connection))
        with pytest.raises(HelperMisused, match=said):
            backfill(op, "user", **arguments)  # type: ignore[arg-type]
        with op.batch_alter_table("user") as batch, pytest.raises(HelperMisused, match="takes `op` itself"):
            create_index(batch, "i", "user", ["name"])


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (lambda _rows: {"name": "a"}, "returned dict for a batch of 200 rows"),
        (lambda rows: rows[1:], "returned 199 results for a batch of 200 rows"),
        (lambda rows: [{"nome": "a"} for _ in rows], "it is to give name"),
    ],
)
def test_functions_that_return_something_else(large: Project, returned: object, said: str) -> None:
    large.settings(SMALL)
    with sa.create_engine(large.driven("psycopg"), poolclass=sa.pool.NullPool).connect() as connection:
        op = Operations(MigrationContext.configure(connection))
        with pytest.raises(ComputedWrong, match=said):
            backfill(op, "user", compute=returned, columns=["name"], reads=["id"])  # type: ignore[arg-type]


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys, online_migrate; print({'alembic', 'sqlalchemy', 'psycopg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
