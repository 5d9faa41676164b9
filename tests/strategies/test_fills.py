"""A fill trigger carries over what old code writes, and leaves alone what new code writes itself."""

from dataclasses import replace

import psycopg
import pytest

from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Backfill
from tests.strategies import lifecycle
from tests.strategies.lifecycle import Case

FULL_NAME = Case(
    name="full name",
    setup="CREATE TABLE people (id integer PRIMARY KEY, first text, last text);"
    " INSERT INTO people SELECT i, 'f' || i, 'l' || i FROM generate_series(1, 30) i;",
    operations=(
        "ALTER TABLE people ADD COLUMN full_name text",
        "UPDATE people SET full_name = first || ' ' || last",
        "ALTER TABLE people ALTER COLUMN full_name SET NOT NULL",
    ),
)


@pytest.fixture
def expanded(connection: psycopg.Connection) -> psycopg.Connection:
    """A database in which the expand phase has run, and nothing after it."""
    lifecycle.prepare(connection, FULL_NAME)
    for step in lifecycle.plan(connection, FULL_NAME).phase(PhaseName.EXPAND).steps:
        lifecycle.run(connection, step)
    return connection


def full_name(connection: psycopg.Connection, person: int) -> object:
    (value,) = connection.execute("SELECT full_name FROM people WHERE id = %s", [person]).fetchone() or (None,)
    return value


def test_fills_what_old_code_inserts(expanded: psycopg.Connection) -> None:
    expanded.execute("INSERT INTO people (id, first, last) VALUES (100, 'Ada', 'Byron')")
    assert full_name(expanded, 100) == "Ada Byron"


def test_leaves_what_new_code_inserts(expanded: psycopg.Connection) -> None:
    expanded.execute("INSERT INTO people VALUES (100, 'Ada', 'Byron', 'Lady Lovelace')")
    assert full_name(expanded, 100) == "Lady Lovelace"


def test_fills_a_row_that_old_code_updates_before_the_backfill_comes(expanded: psycopg.Connection) -> None:
    expanded.execute("UPDATE people SET last = 'King' WHERE id = 1")
    assert full_name(expanded, 1) == "f1 King"


def test_follows_what_old_code_updates_after_the_backfill(expanded: psycopg.Connection) -> None:
    for step in lifecycle.plan(expanded, FULL_NAME).phase(PhaseName.MIGRATE).steps:
        if isinstance(step, Backfill):
            lifecycle.run(expanded, step)
    expanded.execute("UPDATE people SET last = 'King' WHERE id = 1")
    assert full_name(expanded, 1) == "f1 King"


def test_leaves_what_new_code_updates(expanded: psycopg.Connection) -> None:
    expanded.execute("UPDATE people SET last = 'King', full_name = 'Lady Lovelace' WHERE id = 1")
    assert full_name(expanded, 1) == "Lady Lovelace"


def test_leaves_a_value_of_its_own_when_old_code_updates_the_row(expanded: psycopg.Connection) -> None:
    expanded.execute("UPDATE people SET full_name = 'Lady Lovelace' WHERE id = 1")
    expanded.execute("UPDATE people SET last = 'King' WHERE id = 1")
    assert full_name(expanded, 1) == "Lady Lovelace"


def test_looks_functions_up_where_the_update_did(connection: psycopg.Connection) -> None:
    """Writers have a search_path of their own."""
    case = Case(
        name="own function",
        setup="CREATE SCHEMA app; CREATE TABLE app.people (id integer PRIMARY KEY, name text);"
        " CREATE FUNCTION app.polite(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'Dear ' || $1$$;",
        operations=(
            "ALTER TABLE people ADD COLUMN salutation text",
            "UPDATE people SET salutation = polite(name)",
        ),
        search_path=("app",),
    )
    lifecycle.prepare(connection, case)
    for step in lifecycle.plan(connection, case).phase(PhaseName.EXPAND).steps:
        lifecycle.run(connection, step)
    connection.execute("INSERT INTO app.people VALUES (1, 'Ada')")
    assert connection.execute("SELECT salutation FROM app.people").fetchone() == ("Dear Ada",)


PASSING_DEFAULT = Case(
    name="default dropped again",
    setup="CREATE TABLE sessions (id integer PRIMARY KEY, admin boolean NOT NULL);"
    " INSERT INTO sessions SELECT i, i % 2 = 0 FROM generate_series(1, 30) i;",
    operations=(
        "ALTER TABLE sessions ADD COLUMN scopes text[] DEFAULT '{}' NOT NULL",
        "UPDATE sessions SET scopes = ARRAY['write'] WHERE scopes = '{}' AND admin",
        "ALTER TABLE sessions ALTER COLUMN scopes DROP DEFAULT",
    ),
)


@pytest.mark.parametrize(
    ("insert", "scopes"),
    [
        ("INSERT INTO sessions (id, admin) VALUES (100, true)", ["write"]),
        ("INSERT INTO sessions (id, admin) VALUES (100, false)", []),
        ("INSERT INTO sessions VALUES (100, true, '{read}')", ["read"]),
    ],
)
def test_fills_what_old_code_leaves_at_a_default_that_waits_to_be_dropped(
    connection: psycopg.Connection, insert: str, scopes: list[str]
) -> None:
    lifecycle.prepare(connection, PASSING_DEFAULT)
    plan = lifecycle.plan(connection, PASSING_DEFAULT)
    assert [note for o in plan.operations for note in o.notes if "leaves scopes at the default" in note]
    for step in plan.phase(PhaseName.EXPAND).steps + plan.phase(PhaseName.MIGRATE).steps:
        lifecycle.run(connection, step)
    connection.execute(insert)
    assert connection.execute("SELECT scopes FROM sessions WHERE id = 100").fetchone() == (scopes,)


def test_waits_for_no_row_with_the_default_that_stays(connection: psycopg.Connection) -> None:
    """Plain Alembic leaves it there, too; a walk that counted such rows would not end beside code that inserts them."""
    case = replace(PASSING_DEFAULT, operations=PASSING_DEFAULT.operations[:2])
    lifecycle.prepare(connection, case)
    steps = [step for phase in lifecycle.plan(connection, case).phases for step in phase.steps]
    assert not any("fill_trigger" in step.id for step in steps)
    assert [step.remaining for step in steps if isinstance(step, Backfill)] == [None]


def test_reads_a_default_of_an_own_type_where_the_plan_wrote_it(connection: psycopg.Connection) -> None:
    case = Case(
        name="default of an own type",
        setup="CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('low', 'high');"
        " CREATE TABLE app.people (id integer PRIMARY KEY, was app.mood);",
        operations=(
            "ALTER TABLE people ADD COLUMN now mood DEFAULT 'low'::mood NOT NULL",
            "UPDATE people SET now = was",
            "ALTER TABLE people ALTER COLUMN now DROP DEFAULT",
        ),
        search_path=("app",),
    )
    lifecycle.prepare(connection, case)
    for step in lifecycle.plan(connection, case).phase(PhaseName.EXPAND).steps:
        lifecycle.run(connection, step)
    connection.execute("SET search_path = public")
    connection.execute("INSERT INTO app.people VALUES (1, 'high')")
    assert connection.execute("SELECT now FROM app.people").fetchone() == ("high",)
