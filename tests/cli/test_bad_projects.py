"""Projects that cannot be used: one error that says what and what to do, and nothing is changed."""

from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run, assert_refused, assert_untouched
from tests.sources.projects import Maker


def test_no_configuration(run: Run) -> None:
    assert_refused(run("plan"), 2, "No migrations were found", "alembic.ini", "--config")


def test_a_configuration_that_is_not_there(run: Run) -> None:
    assert_refused(run("--config", "other.ini", "plan"), 2, "other.ini")


def test_no_script_location(run: Run, tmp_path: Path, database: str) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    assert_refused(run("--database-url", database, "plan"), 2, "script_location")


def test_a_configuration_that_is_a_directory(run: Run, tmp_path: Path, database: str) -> None:
    (tmp_path / "pyproject.toml").mkdir()
    (tmp_path / "alembic.ini").mkdir()
    assert_refused(run("--database-url", database, "plan"), 2, "No migrations were found")


def test_no_revisions(run: Run, maker: Maker) -> None:
    assert_refused(run("plan"), 2, "no revisions", "alembic revision")


def test_no_directory_of_revisions(run: Run, maker: Maker) -> None:
    (maker.directory / "versions").rmdir()
    assert_refused(run("plan"), 2, "no revisions")


def test_no_directory_of_scripts(run: Run, tmp_path: Path, database: str) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/nowhere\n")
    assert_refused(run("--database-url", database, "plan"), 2, "nowhere")


def test_a_revision_that_is_no_python(run: Run, maker: Maker, connection: psycopg.Connection) -> None:
    maker.revision("a1", "pass")
    (maker.directory / "versions" / "a2.py").write_text("def upgrade(:\n")
    assert_refused(run("deploy"), 2, "versions/a2.py:1", "SyntaxError")
    assert_untouched(connection)


def test_a_revision_that_raises(run: Run, maker: Maker, connection: psycopg.Connection) -> None:
    maker.revision("a1", "op.execute('CREATE TABLE t (id int)')\nraise KeyError('PLAN')")
    assert_refused(run("deploy"), 2, "a1", "versions/a1.py:10", "KeyError", "PLAN")
    assert_untouched(connection)


def test_a_revision_whose_sql_does_not_parse(run: Run, maker: Maker, connection: psycopg.Connection) -> None:
    maker.revision("a1", "op.execute('UPDATE user SET a = 1')")
    assert_refused(run("deploy"), 2, "versions/a1.py:9", 'syntax error at or near "user"', "column 8")
    assert_untouched(connection)


@pytest.mark.parametrize(
    ("imports", "words"),
    [("raise RuntimeError('no settings')", "RuntimeError: no settings"), ("raise SystemExit(7)", "SystemExit: 7")],
)
def test_an_env_py_that_ends(run: Run, maker: Maker, imports: str, words: str) -> None:
    maker.project(imports=imports)
    maker.revision("a1", "pass")
    assert_refused(run("plan"), 2, "env.py", words, "alembic current")


def test_an_env_py_that_kills_its_process(run: Run, maker: Maker) -> None:
    maker.project(imports="import os; os._exit(3)")
    maker.revision("a1", "pass")
    assert_refused(run("plan"), 4, "status 3", "alembic current")


def test_several_heads(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    maker.revision("b1", "pass")
    maker.last = "a1"
    maker.revision("b2", "pass")
    assert_refused(run("plan", "head"), 2, "b1, b2", "alembic merge")
    assert run("plan", "heads").status == 0


@pytest.mark.parametrize("target", ["nosuch", "abc", "+7", "a1+3"])
def test_a_target_that_is_not_there(run: Run, maker: Maker, target: str) -> None:
    maker.revision("abcd1", "pass")
    maker.revision("abcd2", "pass")
    assert_refused(run("plan", target), 2, target)


def test_a_target_behind_the_database(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    maker.revision("a2", "pass")
    assert run("deploy").status == 0
    assert_refused(run("deploy", "a1"), 2, "a1", "online-migrate deploy --downgrade a1")
    assert_refused(run("deploy", "--", "-1"), 2, "-1")


def test_a_database_that_is_ahead_of_the_project(run: Run, maker: Maker, connection: psycopg.Connection) -> None:
    maker.revision("a1", "pass")
    connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    connection.execute("INSERT INTO alembic_version VALUES ('zz')")
    assert_refused(run("plan"), 2, "zz", "Check out")


def test_an_unknown_setting(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    (maker.directory / "pyproject.toml").write_text("[tool.online-migrate]\nlock_budget = 5\n")
    assert_refused(run("plan"), 2, "lock_budget", "lock_budget_ms")


@pytest.mark.parametrize("value", ["'5'", "-5", "true", "0"])
def test_a_setting_that_makes_no_sense(run: Run, maker: Maker, value: str) -> None:
    maker.revision("a1", "pass")
    (maker.directory / "pyproject.toml").write_text(f"[tool.online-migrate]\nlock_budget_ms = {value}\n")
    assert_refused(run("plan"), 2, "lock_budget_ms")


def test_a_pyproject_that_is_no_toml(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    (maker.directory / "pyproject.toml").write_text("[tool.online-migrate\n")
    assert_refused(run("plan"), 2, "pyproject.toml", "line 1")


def test_a_flask_application_that_cannot_be_imported(run: Run, tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    (migrations / "versions").mkdir(parents=True)
    (migrations / "env.py").write_text("")
    (migrations / "alembic.ini").write_text("[alembic]\n")
    (tmp_path / "broken.py").write_text("import nowhere\n")
    assert_refused(run("--app", "broken", "plan"), 2, "Flask application", "nowhere")
    assert_refused(run("--app", "missing", "plan"), 2, "Flask application", "--app")


def test_inputs_that_exclude_each_other(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    assert_refused(run("plan", "a1", "--autogenerate"), 2, "exclude each other")
    assert_refused(run("deploy", "a1", "--plan", "p.json"), 2, "--plan")
