"""Whole deploys from the command line: to the gate, through it, carried on, aborted, and beside plain Alembic."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run, assert_refused
from tests.pgbouncer import pgbouncer
from tests.sources.projects import Maker

FULL = """
op.add_column('users', sa.Column('code', sa.Integer(), nullable=True))
op.execute('UPDATE users SET code = age * 2')
op.alter_column('users', 'code', nullable=False)
op.drop_column('users', 'name')
"""


def alembic(directory: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments], cwd=directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def version(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row is not None
    return str(row[0])


def columns(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'users'")
    return {str(name) for (name,) in rows}


def test_to_the_gate_and_through_it(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", FULL)
    dry = run("deploy", "--dry-run")
    assert dry.status == 0
    assert "-- expand" in dry.output
    assert columns(connection) == {"id", "name", "age"}

    first = run("deploy")
    assert first.status == 0
    assert "At the gate" in first.output
    assert (version(connection), columns(connection)) == ("a2", {"id", "name", "age", "code"})

    planned = run("plan")
    assert "waits at the gate" in " ".join(planned.output.split())
    assert "Nothing is pending" in planned.output
    again = run("deploy")
    assert "Nothing to do" in again.output
    assert "waits at the gate" in " ".join(again.output.split())
    assert "at the gate" in run("status").output

    assert "Done" in run("deploy", "--phase", "contract").output
    assert columns(connection) == {"id", "age", "code"}
    assert "Nothing waits for contract" in run("deploy", "--phase", "contract").output
    assert "Nothing is under way" in run("status").output
    alembic(users.directory, "upgrade", "head")


def test_all_phases_need_a_yes(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", FULL)
    assert_refused(run("deploy", "--phase", "all"), 2, "--yes")
    assert version(connection) == "a1"
    assert "Done" in run("deploy", "--phase", "all", "--yes").output
    assert columns(connection) == {"id", "age", "code"}


def test_expand_alone_is_unfinished_and_told(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", FULL)
    assert "online-migrate deploy" in run("deploy", "--phase", "expand").output
    assert version(connection) == "a1"
    assert "is unfinished" in run("plan").output
    status = json.loads(run("status", "--format", "json").output)
    assert [deploy["state"] for deploy in status["deploys"]] == ["running"]
    assert_refused(run("abort"), 2, "--yes")
    assert "code" in columns(connection)
    assert "undo" in run("abort", "--dry-run").output
    assert "code" in columns(connection)
    assert run("abort", "--yes").status == 0
    assert columns(connection) == {"id", "name", "age"}
    assert_refused(run("abort", "--yes"), 2, "No deploy is unfinished")


def test_plain_alembic_in_the_middle(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", "op.execute('UPDATE users SET age = age + 1')\nop.drop_column('users', 'name')")
    assert run("deploy", "--phase", "expand").status == 0
    alembic(users.directory, "upgrade", "head")
    ended = run("deploy")
    assert ended.status == 0, ended.told
    assert "Nothing is under way" in run("status").output
    assert columns(connection) == {"id", "age"}


def test_plain_alembic_goes_back_after_a_deploy(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    path = users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    path.write_text(path.read_text().replace("    pass", "    op.drop_column('users', 'b')"))
    assert run("deploy").status == 0
    alembic(users.directory, "downgrade", "a1")
    assert columns(connection) == {"id", "name", "age"}
    assert run("deploy").status == 0
    assert (version(connection), columns(connection)) == ("a2", {"id", "name", "age", "b"})


def test_nothing_pending(run: Run, users: Maker) -> None:
    assert "Nothing is pending" in run("plan").output
    assert "Nothing to do" in run("deploy").output
    assert json.loads(run("plan", "--format", "json").output)["operations"] == []


def test_models_against_the_database(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.project(
        imports="from sqlalchemy import Column, Integer, Table, Text",
        models=(
            "Table('users', target_metadata, Column('id', Integer, primary_key=True), Column('name', Text), "
            "Column('age', Integer), Column('city', Text))"
        ),
    )
    planned = run("plan", "--autogenerate")
    assert "belongs to no revision" in " ".join(planned.output.split())
    assert "online-migrate deploy --autogenerate" in planned.output
    assert "Done" in run("deploy", "--autogenerate").output
    assert (version(connection), columns(connection)) == ("a1", {"id", "name", "age", "city"})
    assert "Nothing to do" in run("deploy", "--autogenerate").output


def test_sql_files_beside_a_project(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    file = users.directory / "one.sql"
    file.write_text("ALTER TABLE users ADD COLUMN b int;\nUPDATE users SET age = 1 WHERE id < 10;\n")
    planned = run("plan", "--sql", "one.sql")
    assert "one.sql:2" in planned.output
    assert "online-migrate deploy --sql one.sql" in planned.output
    assert "Done" in run("deploy", "--sql", "one.sql").output
    assert version(connection) == "a1"
    assert "Nothing is pending" in run("plan", "--sql", "one.sql").output
    assert "Nothing to do" in run("deploy", "--sql", "one.sql").output
    file.write_text("ALTER TABLE users ADD COLUMN c int;\n")
    assert_refused(run("deploy", "--sql", "one.sql"), 2, "one.sql was run before")


def test_several_sql_files(run: Run, users: Maker) -> None:
    for name, statement in (("one", "ADD COLUMN b int"), ("two", "ADD COLUMN c int"), ("three", "ADD COLUMN d int")):
        (users.directory / f"{name}.sql").write_text(f"ALTER TABLE users {statement};\n")
    planned = run("plan", "--format", "json", "--sql", "one.sql", "two.sql", "--sql", "three.sql")
    revisions = [operation["revision"] for operation in json.loads(planned.output)["operations"]]
    assert sorted(revisions) == ["one.sql", "three.sql", "two.sql"]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("op.create_index('uq', 'users', ['age'], unique=True)", "distinct"),
        ("op.create_foreign_key('fk', 'users', 'groups', ['age'], ['id'])", "Correct the rows"),
    ],
)
def test_rows_in_the_way(run: Run, users: Maker, connection: psycopg.Connection, body: str, hint: str) -> None:
    connection.execute("CREATE TABLE groups (id int PRIMARY KEY)")
    connection.execute("UPDATE users SET age = NULL WHERE id = 7")
    users.revision("a2", body)
    ended = run("deploy", "--small-tables-online")
    assert_refused(ended, 4, hint)
    assert version(connection) == "a1"
    assert run("abort", "--yes").status == 0


def test_nulls_in_the_way_of_contract(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    connection.execute("UPDATE users SET age = NULL WHERE id = 7")
    users.revision("a2", "op.alter_column('users', 'age', nullable=False)")
    assert "At the gate" in run("deploy", "--small-tables-online").output
    assert_refused(run("deploy", "--phase", "contract"), 4, "Correct the rows")
    connection.execute("UPDATE users SET age = 7 WHERE id = 7")
    assert "Done" in run("deploy", "--phase", "contract").output


def test_two_deploys_at_once(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    connection.execute(
        "UPDATE online_migrate.lease SET host = 'elsewhere', pid = 5, expires_at = now() + interval '1 hour'"
    )
    users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    assert_refused(run("deploy"), 3, "Another online-migrate", "--wait")


def test_a_lock_that_is_never_given(run: Run, users: Maker, database: str) -> None:
    users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    with psycopg.connect(database, application_name="report") as holder:
        holder.execute("SELECT count(*) FROM users")
        ended = run("deploy", "--lock-total", "1")
        assert_refused(ended, 3, "users", "report", str(holder.info.backend_pid))
    assert "Done" in run("deploy").output


def test_a_session_in_the_way_is_ended_where_that_is_ordered(run: Run, users: Maker, database: str) -> None:
    users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    assert_refused(run("deploy", "--terminate-active"), 2, "not after how long", "--terminate-blockers")
    with closing(psycopg.connect(database, application_name="report")) as holder:
        pid = holder.info.backend_pid
        holder.execute("SELECT count(*) FROM users WHERE name = 'a secret'")
        ended = run("deploy", "--terminate-blockers", "1")
    assert ended.status == 0, ended.told
    said = " ".join(ended.output.split())
    assert f"Ended pid {pid} postgres (report), idle in transaction" in said
    assert "which had run: SELECT count(*) FROM users WHERE name = $1" in said


def test_behind_a_pooler(run: Run, users: Maker, connection: psycopg.Connection, database: str, tmp_path: Path) -> None:
    users.revision("a2", "op.create_index('users_age', 'users', ['age'])")
    with pgbouncer(database, tmp_path, "transaction") as pooled:
        refused = run("--database-url", pooled, "deploy", "--small-tables-online")
        assert_refused(refused, 2, "pooler in transaction mode", "--direct-url")
        assert run("--database-url", pooled, "--direct-url", database, "doctor").status == 0
        done = run("--database-url", pooled, "--direct-url", database, "deploy", "--small-tables-online")
    assert done.status == 0, done.told
    assert version(connection) == "a2"


def test_sessions_whose_prepared_statements_break_connect_anew(run: Run, users: Maker, database: str) -> None:
    users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    with closing(psycopg.connect(database, application_name="shop-web", autocommit=True)) as web:
        web.execute("SELECT * FROM users", prepare=True)
        ended = run("deploy", "--recycle-connections", "shop-%")
        assert ended.status == 0, ended.told
        said = " ".join(ended.output.split())
        assert "Prepared statements of open sessions may fail after: add " in said
        assert "1 idle session of the application ended" in said
        with pytest.raises(psycopg.OperationalError):
            web.execute("SELECT 1")
