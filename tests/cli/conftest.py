"""A project of its own for each test, and the command line run in this process."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from online_migrate.cli.main import cli
from tests.sources.projects import Maker

WIDTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended. `told` is what it said on stderr, its line breaks taken out."""

    status: int
    output: str
    told: str


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `online-migrate` in the test's directory; no way it ends shows a traceback or a line over 80 columns.

    `wide` allows longer lines: SQL with a long literal cannot be broken.
    """
    monkeypatch.chdir(tmp_path)
    for name in ("FLASK_APP", "ALEMBIC_CONFIG", "ONLINE_MIGRATE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", str(WIDTH))

    def run(*arguments: str, given: str | None = None, wide: bool = False) -> Ended:
        result = CliRunner().invoke(cli, arguments, input=given, prog_name="online-migrate")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        if "json" not in arguments and not wide:
            directory = os.fspath(tmp_path)
            long = [line for line in result.output.splitlines() if len(line) > WIDTH and directory not in line]
            assert not long
        return Ended(status=result.exit_code, output=result.stdout, told=" ".join(result.stderr.split()))

    return run


@pytest.fixture
def maker(tmp_path: Path, database: str) -> Maker:
    """A plain Alembic project on the test's database, with env.py and no revision yet."""
    maker = Maker(tmp_path, database.replace("postgresql://", "postgresql+psycopg://"))
    maker.project()
    return maker


@pytest.fixture
def users(maker: Maker, connection: psycopg.Connection, run: Run) -> Maker:
    """The project at revision a1: a table `users` of 20,000 rows."""
    maker.revision("a1", "op.execute('CREATE TABLE users (id int PRIMARY KEY, name text, age int)')")
    ended = run("deploy")
    assert ended.status == 0, ended.told
    connection.execute("INSERT INTO users SELECT n, 'user' || n, n % 90 FROM generate_series(1, 20000) n")
    connection.execute("ANALYZE users")
    return maker


def assert_refused(ended: Ended, status: int, *words: str) -> None:
    """The command said what is wrong and what to do, in one error, and ended with the status."""
    assert ended.status == status, ended
    for word in (*words, "Hint:"):
        assert word in ended.told, ended.told
    assert ended.told.startswith("Error:")
    assert ended.told.count("Hint:") == 1


def assert_untouched(connection: psycopg.Connection) -> None:
    """Nothing of ours and nothing of Alembic's was written to the database."""
    found = connection.execute(
        "SELECT to_regnamespace('online_migrate') IS NULL, to_regclass('public.alembic_version') IS NULL"
    ).fetchone()
    assert found == (True, True)
