"""What has no online form is refused before anything starts, by name, and runs where a person has allowed it."""

import json

import psycopg
import pytest

from tests import compare
from tests.cli.conftest import Run, assert_refused
from tests.sources.projects import Maker

# With the least budget a table of 20,000 rows is long enough.
TIGHT = ("--lock-budget", "1")
REWRITES = {
    "add-stored-generated-column": (
        "ALTER TABLE users ADD COLUMN twice int GENERATED ALWAYS AS (age * 2) STORED",
        "virtual one",
    ),
    "add-exclusion-constraint": ("ALTER TABLE users ADD CONSTRAINT z EXCLUDE (id WITH =)", "as NOT VALID"),
    "set-logged-or-unlogged": ("ALTER TABLE users SET UNLOGGED", "exchange the names"),
    "cluster": ("CLUSTER users USING users_pkey", "pg_repack"),
    "vacuum-full": ("VACUUM FULL users", "pg_repack"),
}


@pytest.fixture
def unlogged(users: Maker) -> Maker:
    """A revision that makes the table unlogged."""
    users.revision("a2", "op.execute('ALTER TABLE users SET UNLOGGED')")
    return users


def is_unlogged(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT relpersistence FROM pg_class WHERE relname = 'users'").fetchone() == ("u",)


@pytest.mark.parametrize("kind", REWRITES)
def test_it_is_refused_by_name_with_another_way(
    run: Run, users: Maker, connection: psycopg.Connection, kind: str
) -> None:
    statement, way = REWRITES[kind]
    (users.directory / "change.sql").write_text(f"\n{statement};\n")
    before = compare.schema(connection)
    ended = run("deploy", "--sql", "change.sql", *TIGHT)
    assert_refused(ended, 2, "1 operation would keep the application waiting", "change.sql:2", "public.users", way)
    assert f"allow {kind} because" in ended.told
    assert compare.schema(connection) == before


def test_the_plan_says_so(run: Run, unlogged: Maker) -> None:
    shown = run("plan", *TIGHT).output
    assert "deploy refuses it unless allowed (--allow-blocking)" in " ".join(shown.split())
    assert "deploy refuses this plan" in shown
    assert "Next" not in shown
    (operation,) = json.loads(run("plan", *TIGHT, "--format", "json").output)["operations"]
    assert operation["blocking"]


def test_a_plan_that_was_made_before_is_refused_as_well(run: Run, unlogged: Maker) -> None:
    file = unlogged.directory / "plan.json"
    file.write_text(run("plan", *TIGHT, "--format", "json").output)
    assert_refused(run("deploy", "--plan", "plan.json"), 2, "Set Logged or Unlogged on public.users")
    file.write_text(run("plan", *TIGHT, "--allow-blocking", "--format", "json").output)
    assert run("deploy", "--plan", "plan.json").status == 0


def test_the_option_allows_it(run: Run, unlogged: Maker, connection: psycopg.Connection) -> None:
    assert "Next" in run("plan", *TIGHT, "--allow-blocking").output
    assert run("deploy", *TIGHT, "--allow-blocking").status == 0
    assert is_unlogged(connection)


def test_the_setting_allows_it(run: Run, unlogged: Maker, connection: psycopg.Connection) -> None:
    (unlogged.directory / "pyproject.toml").write_text("[tool.online-migrate]\nallow_blocking = true\n")
    assert run("deploy", *TIGHT).status == 0
    assert is_unlogged(connection)


def test_an_override_with_its_reason_allows_it(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    remark = "# online-migrate: allow set-logged-or-unlogged because nobody is there at night"
    users.revision("a2", f"op.execute('ALTER TABLE users SET UNLOGGED')  {remark}")
    assert "Next" in run("plan", *TIGHT, wide=True).output
    assert run("deploy", *TIGHT).status == 0
    assert is_unlogged(connection)


def test_a_small_table_is_not_worth_a_refusal(run: Run, unlogged: Maker, connection: psycopg.Connection) -> None:
    assert run("deploy", "--lock-budget", "60000").status == 0
    assert is_unlogged(connection)
