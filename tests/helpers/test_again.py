"""A script that failed or was killed is run again: nothing is done twice, and nothing is left out."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from online_migrate.errors import ObjectDiffers
from online_migrate.execution import journal
from tests.helpers.conftest import LARGE, Project

SETUP = """
    CREATE TABLE account (id int PRIMARY KEY, n int NOT NULL, note text);
    INSERT INTO account SELECT i, i FROM generate_series(1, 300) i;
    ANALYZE
"""
HEADER = """
    import os
    import pathlib
    import signal
    from online_migrate import add_check, add_column, add_unique, backfill, create_index, set_not_null

    def once(file):
        if not pathlib.Path(file).exists():
            pathlib.Path(file).touch()
            return True

    def raised(rows):
        if any(row["id"] == 150 for row in rows) and once("killed"):
            os.kill(int(os.environ.get("DOOMED", os.getpid())), signal.SIGKILL)
        return [{"n": row["n"] + 1} for row in rows]
"""
SCRIPT = """
    backfill(op, "account", set_={"n": "n + 1"})
    add_column(op, "account", sa.Column("token", sa.String(40), nullable=False, server_default=sa.text("random()")))
    create_index(op, "account_n", "account", ["n"])
    add_unique(op, "account_token", "account", ["token"])
    add_check(op, "account_positive", "account", "n > 0")
    backfill(op, "account", set_={"n": "n + 1"})
    if once("failed"):
        raise RuntimeError("as any script may")
"""


@pytest.fixture
def large(project: Project, connection: psycopg.Connection) -> Project:
    """A project of plain Alembic whose one table is not small."""
    connection.execute(SETUP)
    project.settings(LARGE)
    return project.alembic()


@pytest.mark.parametrize("options", ["", "transaction_per_migration=True"])
def test_a_script_that_failed(large: Project, connection: psycopg.Connection, options: str) -> None:
    large.alembic(options=options)
    large.revision("a0", "pass")
    large.revision("a1", SCRIPT, header=HEADER)
    with pytest.raises(RuntimeError, match="as any script may"):
        large.upgrade()
    large.upgrade()
    assert connection.execute("SELECT count(*) FROM account WHERE n = id + 2").fetchone() == (300,)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("a1",)]
    assert len(journal.deploys(connection, ("done",))) == 6


def test_a_revision_that_is_run_anew_after_a_downgrade(large: Project, connection: psycopg.Connection) -> None:
    large.revision("a0", "pass")
    large.revision("a1", """backfill(op, "account", set_={"n": "n + 1"})""", header=HEADER)
    large.upgrade()
    large.upgrade()
    assert connection.execute("SELECT count(*) FROM account WHERE n = id + 1").fetchone() == (300,)
    large.downgrade("a0")
    large.upgrade()
    assert connection.execute("SELECT count(*) FROM account WHERE n = id + 2").fetchone() == (300,)


INDEX = """create_index(op, "account_n", "account", ["n"])"""


@pytest.mark.parametrize("made", ["same", "invalid", "another"])
def test_an_index_that_is_there_already(large: Project, connection: psycopg.Connection, made: str) -> None:
    column = "note" if made == "another" else "n"
    connection.execute(sql.SQL("CREATE INDEX account_n ON account ({})").format(sql.Identifier(column)))
    if made == "invalid":
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'account_n'::regclass")
    large.revision("a1", INDEX, header=HEADER)
    if made == "another":
        with pytest.raises(ObjectDiffers, match="There is another index"):
            large.upgrade()
        return
    large.upgrade()
    valid = connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'account_n'::regclass")
    assert valid.fetchall() == [(True,)]


TOGETHER = """
    open(f"started.{os.getpid()}", "w").close()
    while len(list(pathlib.Path().glob("started.*"))) < 2:
        time.sleep(0.01)
    backfill(op, "account", set_={"n": "n + 1"})
    create_index(op, "account_n", "account", ["n"])
"""


def test_two_processes_at_once(large: Project, connection: psycopg.Connection) -> None:
    large.revision("a0", "pass")
    large.upgrade()
    large.revision("a1", TOGETHER, header="\n    import time" + HEADER)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: large.command("alembic", "upgrade", "head", check=False), range(2)))
    # As with plain Alembic, the second one finds that the version has moved under it.
    assert 0 in [ended.returncode for ended in both]
    assert connection.execute("SELECT count(*) FROM account WHERE n = id + 1").fetchone() == (300,)
    valid = connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'account_n'::regclass")
    assert valid.fetchall() == [(True,)]


COMPUTED = """backfill(op, "account", compute=raised, columns=["n"], reads=["id", "n"])"""


def test_a_process_that_was_killed(large: Project, connection: psycopg.Connection) -> None:
    large.revision("a1", COMPUTED, header=HEADER)
    assert large.command("alembic", "upgrade", "head", check=False).returncode == -signal.SIGKILL
    changed = connection.execute("SELECT count(*) FROM account WHERE n = id + 1").fetchone()
    assert changed is not None
    assert 0 < changed[0] < 300
    large.command("alembic", "upgrade", "head")
    assert connection.execute("SELECT count(*) FROM account WHERE n = id + 1").fetchone() == (300,)


def test_a_function_whose_process_was_killed_during_a_deploy(large: Project, connection: psycopg.Connection) -> None:
    large.revision("a1", COMPUTED, header=HEADER)
    ended = large.run("deploy", "--phase", "all", "--yes")
    assert ended.status == 4
    assert "The process that runs a1:raised ended." in ended.told
    assert large.run("deploy", "--phase", "all", "--yes").status == 0
    assert connection.execute("SELECT count(*) FROM account WHERE n = id + 1").fetchone() == (300,)


def test_a_function_that_raises(large: Project, connection: psycopg.Connection, tmp_path: Path) -> None:
    body = """backfill(op, "account", compute=strange, columns=["note"], reads=["id"])"""
    strange = """
        from online_migrate import backfill
        def strange(rows):
            return [{"note": str(1 / (row["id"] - 150))} for row in rows]
    """
    large.revision("a1", body, header=strange)
    ended = large.run("deploy")
    assert ended.status == 4
    assert "versions/a1.py" in ended.told
    assert "ZeroDivisionError" in ended.told
    file = tmp_path / "migrations" / "versions" / "a1.py"
    file.write_text(file.read_text().replace('row["id"] - 150', 'row["id"] + 1'))
    assert large.run("deploy").status == 0
    assert connection.execute("SELECT count(*) FROM account WHERE note IS NULL").fetchone() == (0,)
