"""Both ways of numbering rows end in the same numbers, each row with its own, and in the same next one."""

import psycopg
import pytest
from psycopg import sql

from tests.strategies import lifecycle
from tests.strategies.numbered import NUMBERED
from tests.strategies.test_lifecycle import Pair, pair  # noqa: F401 - a fixture

CASES = [case for case in NUMBERED if case.ignore and "partitioned" not in case.name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_numbers_are_those_of_the_naive_form(pair: Pair, case: lifecycle.Case) -> None:  # noqa: F811
    naive, online = pair
    for connection in pair:
        lifecycle.prepare(connection, case)
    lifecycle.run_naively(naive, case)
    for step in lifecycle.steps_of(lifecycle.plan(online, case)):
        lifecycle.run(online, step)
    for name in case.ignore:
        _, table, column = name.split(".")
        assert numbers(naive, table, column) == numbers(online, table, column)
        assert following(naive, table, column) == following(online, table, column)


def test_rows_that_come_while_it_goes_on_are_numbered(connection: psycopg.Connection) -> None:
    case = next(case for case in CASES if case.name == "add identity primary key")
    lifecycle.prepare(connection, case)
    for step in lifecycle.steps_of(lifecycle.plan(connection, case)):
        connection.execute("INSERT INTO log (line) VALUES ('old code')")
        lifecycle.run(connection, step)
    connection.execute("INSERT INTO log (line) VALUES ('new code')")
    found = numbers(connection, "log", "id")
    assert found == list(range(1, len(found) + 1))


def numbers(connection: psycopg.Connection, table: str, column: str) -> list[int]:
    """Return the values of a column, in order."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY 1").format(sql.Identifier(column), sql.Identifier(table))
    return [number for (number,) in connection.execute(query).fetchall()]


def following(connection: psycopg.Connection, table: str, column: str) -> tuple[int] | None:
    """Return the number that the next row would get."""
    return connection.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", (table, column)).fetchone()
