"""`dropped` shows what is kept aside, puts it back, and drops nothing for good unless it is told and it is time."""

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from online_migrate.cli.main import cli


def _run(url: str, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["--database-url", url, *arguments])
    return result.exit_code, result.output


@pytest.fixture
def kept(database: str, connection: psycopg.Connection, tmp_path: Path) -> str:
    """URL of a database in which a table with a foreign key is kept aside."""
    connection.execute(b"CREATE TABLE team (id int PRIMARY KEY); CREATE TABLE orders (team int REFERENCES team)")
    script = tmp_path / "drop.sql"
    script.write_text("DROP TABLE orders;", encoding="utf-8")
    status, output = _run(database, "deploy", "--sql", str(script), "--keep-dropped", "7", "--phase", "all", "--yes")
    assert status == 0, output
    return database


def test_what_is_kept_is_shown_and_put_back(kept: str, connection: psycopg.Connection) -> None:
    assert "public.orders: dropped" in _run(kept, "dropped")[1]
    status, output = _run(kept, "dropped", "--restore", "public.orders")
    assert (status, "ADD CONSTRAINT orders_team_fkey" in output) == (0, True)
    assert connection.execute(b"SELECT to_regclass('public.orders') IS NOT NULL").fetchone() == (True,)
    assert "No table is kept aside" in _run(kept, "dropped")[1]


def test_nothing_is_dropped_before_its_time_or_unasked(kept: str, connection: psycopg.Connection) -> None:
    assert "None has been kept for its days yet" in _run(kept, "dropped", "--drop", "--yes")[1]
    assert _run(kept, "dropped", "--drop", "--all")[0] == 2
    assert "public.orders: dropped" in _run(kept, "dropped")[1]
    connection.execute(b"UPDATE online_migrate.step SET finished_at = finished_at - interval '8 days'")
    assert "Dropped public.orders for good" in _run(kept, "dropped", "--drop", "--yes")[1]
    assert connection.execute(b"SELECT count(*) FROM pg_namespace WHERE nspname ~ 'dropped'").fetchone() == (0,)


@pytest.mark.parametrize("wrong", [["--restore", "public.x"], ["--all"], ["--restore", "public.orders", "--drop"]])
def test_what_it_cannot_do_is_said(kept: str, wrong: list[str]) -> None:
    status, output = _run(kept, "dropped", *wrong)
    assert (status, "Hint:" in output) == (2, True)
