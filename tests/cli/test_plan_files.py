"""`plan --format json` and `deploy --plan`: exactly that plan runs, or a message says why not."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run, assert_refused
from tests.sources.projects import Maker


@pytest.fixture
def plan_file(run: Run, users: Maker) -> Path:
    """A plan that adds an index to `users`."""
    users.revision("a2", "op.create_index('ix_users_name', 'users', ['name'])")
    ended = run("plan", "--format", "json")
    assert ended.status == 0
    path = users.directory / "plan.json"
    path.write_text(ended.output)
    return path


def _other_format(text: str) -> str:
    return json.dumps({**json.loads(text), "format": 99})


def _edited(text: str) -> str:
    return json.dumps({**json.loads(text), "max_risk": "minimal", "findings": ["nothing to see"]})


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:-20], "not valid JSON"),
        (lambda _: "", "not valid JSON"),
        (lambda _: "[1]", "not a plan"),
        (_other_format, "format 99"),
        (_edited, "changed after it was written"),
    ],
)
def test_a_plan_that_is_damaged(run: Run, plan_file: Path, damage: Callable[[str], str], words: str) -> None:
    plan_file.write_text(damage(plan_file.read_text()))
    assert_refused(run("deploy", "--plan", "plan.json"), 2, words, "plan --format json")


def test_a_plan_that_cannot_be_read(run: Run, maker: Maker) -> None:
    (maker.directory / "binary").write_bytes(b"\xff\xfe")
    for file, words in (("none.json", "No such file"), (".", "directory"), ("binary", "UTF-8")):
        assert_refused(run("deploy", "--plan", file), 2, words)


def test_the_plan_runs_once(run: Run, plan_file: Path, connection: psycopg.Connection) -> None:
    assert "Done" in run("deploy", "--plan", "plan.json").output
    assert connection.execute("SELECT to_regclass('ix_users_name') IS NOT NULL").fetchone() == (True,)
    again = run("deploy", "--plan", "plan.json")
    assert (again.status, "Nothing to do" in again.output) == (0, True)


def test_a_plan_of_a_table_that_changed_since(run: Run, plan_file: Path, connection: psycopg.Connection) -> None:
    connection.execute("ALTER TABLE users ALTER COLUMN name TYPE varchar(99)")
    assert_refused(run("deploy", "--plan", "plan.json"), 2, "online-migrate plan")


def test_a_plan_of_a_revision_that_is_gone(run: Run, plan_file: Path, connection: psycopg.Connection) -> None:
    connection.execute("UPDATE alembic_version SET version_num = 'zz'")
    assert_refused(run("deploy", "--plan", "plan.json"), 2, "zz", "a1")
