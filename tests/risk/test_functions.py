"""What the warnings about trigger functions say, done on a server: open sessions keep the types of a column."""

import psycopg
import pytest
from psycopg import errors

from tests.conftest import Connect

SETUP = """
    CREATE TABLE t (id integer PRIMARY KEY, n integer, m integer);
    CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.m := NEW.n + 1; RETURN NEW; END';
    CREATE TRIGGER more BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION more();
"""


def test_function_fails_in_a_session_that_ran_it_before_the_type_changed(
    connection: psycopg.Connection, second_connection: Connect
) -> None:
    connection.execute(SETUP)
    connection.execute("INSERT INTO t VALUES (1, 1)")
    other = second_connection()
    other.execute("ALTER TABLE t ALTER COLUMN n TYPE bigint")
    with pytest.raises(errors.DatatypeMismatch, match="does not match that when preparing the plan"):
        connection.execute("INSERT INTO t VALUES (2, 2)")
    other.execute("INSERT INTO t VALUES (3, 3)")


def test_function_that_names_a_dropped_column_fails_at_once(
    connection: psycopg.Connection, second_connection: Connect
) -> None:
    connection.execute(SETUP)
    connection.execute("INSERT INTO t VALUES (1, 1)")
    second_connection().execute("ALTER TABLE t DROP COLUMN n")
    with pytest.raises(errors.UndefinedColumn):
        connection.execute("INSERT INTO t VALUES (2, 2)")
