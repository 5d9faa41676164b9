"""What the plan says PostgreSQL refuses of a column on which something rests, held against PostgreSQL."""

import psycopg
import pytest

from online_migrate.catalog.read import read
from online_migrate.plan.finding import REFUSED
from online_migrate.plan.operation import Operation
from online_migrate.planner.build import build
from online_migrate.policy import Policy

SETUP = """
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TABLE p (
        id integer PRIMARY KEY, seen integer, held integer, watched integer, conditional integer, base integer,
        twice integer GENERATED ALWAYS AS (base * 2) STORED, called integer, counted integer, free integer
    );
    CREATE VIEW v AS SELECT seen FROM p;
    CREATE POLICY rule ON p USING (held > 1);
    CREATE TRIGGER w BEFORE UPDATE OF watched ON p FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER c BEFORE UPDATE ON p FOR EACH ROW WHEN (NEW.conditional > 1) EXECUTE FUNCTION f();
    CREATE FUNCTION g() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT max(called) FROM p; END;
    CREATE STATISTICS s ON counted, free FROM p;
"""
COLUMNS = ("seen", "held", "watched", "conditional", "base", "twice", "called", "counted", "free")


def _says_refused(connection: psycopg.Connection, *statements: str) -> bool:
    operations = tuple(
        Operation(id=f"r:{number}", revision="r", source=None, directive=None, sql=sql, search_path=("public",))
        for number, sql in enumerate(statements)
    )
    plan = build(operations, read(connection), Policy())
    return any(finding.code == REFUSED for finding in plan.finding_details)


def _refuses(connection: psycopg.Connection, *statements: str) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            for statement in statements:
                connection.execute(statement.encode())
    except psycopg.Error:
        return True
    return False


@pytest.mark.parametrize("change", ["DROP COLUMN {}", "ALTER COLUMN {} TYPE bigint"])
def test_it_is_said_exactly_where_postgresql_refuses(connection: psycopg.Connection, change: str) -> None:
    connection.execute(SETUP)
    for column in COLUMNS:
        statement = f"ALTER TABLE p {change.format(column)}"
        assert _says_refused(connection, statement) == _refuses(connection, statement), statement


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP POLICY rule ON p", "ALTER TABLE p ALTER COLUMN held TYPE bigint"),
        ("DROP TRIGGER w ON p", "ALTER TABLE p DROP COLUMN watched"),
        ("ALTER TABLE p DROP COLUMN twice", "ALTER TABLE p DROP COLUMN base"),
        ("ALTER TABLE p ALTER COLUMN twice DROP EXPRESSION", "ALTER TABLE p ALTER COLUMN base TYPE bigint"),
        ("DROP FUNCTION g", "ALTER TABLE p ALTER COLUMN called TYPE bigint"),
    ],
)
def test_nothing_is_said_once_the_plan_has_taken_it_away(
    connection: psycopg.Connection, statements: tuple[str, ...]
) -> None:
    connection.execute(SETUP)
    assert not _says_refused(connection, *statements)
    assert not _refuses(connection, *statements)
