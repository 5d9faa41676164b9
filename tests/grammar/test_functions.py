"""What the body of a function runs when it is called."""

import pytest

from online_migrate.grammar.functions import called_names, definition_of


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM t; SELECT 1'",
            ("DELETE FROM t", "SELECT 1"),
        ),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN g(1)", ("SELECT g(1)",)),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM t; SELECT 1; END",
            ("DELETE FROM t", "SELECT 1"),
        ),
        (
            "CREATE PROCEDURE f(a int) LANGUAGE plpgsql AS 'DECLARE b int; BEGIN b := a + 1; UPDATE t SET n = b; END'",
            ("SELECT a + 1", "UPDATE t SET n = b"),
        ),
        (
            "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT n FROM t; END'",
            ("SELECT n FROM t",),
        ),
        (
            "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE ''TABLE t''; END'",
            ("SELECT * FROM t", "SELECT 'TABLE t'"),
        ),
    ],
)
def test_bodies_that_can_be_read(sql: str, statements: tuple[str, ...]) -> None:
    body = definition_of(sql).body
    assert body.statements == statements
    assert body.whole


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'library', 'symbol'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'this is no SQL'",
        "CREATE FUNCTION f(a text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE a; END'",
        "CREATE PROCEDURE f() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'",
    ],
)
def test_bodies_that_cannot(sql: str) -> None:
    assert not definition_of(sql).body.whole


def test_a_search_path_of_its_own() -> None:
    sql = "CREATE OR REPLACE FUNCTION f() RETURNS int IMMUTABLE SET search_path = app, public RETURN 1"
    definition = definition_of(sql)
    assert definition.search_path == ("app", "public")
    assert definition.volatility == "i"
    assert definition.replaces


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT z.f(g(1)) FROM t", ("f", "g")),
        ("CALL z.p(1)", ("p",)),
        ("DO 'BEGIN PERFORM z.f(); CALL p(); END'", ("f", "p")),
        ("UPDATE t SET a = f(b)", ()),
    ],
)
def test_what_is_called(sql: str, names: tuple[str, ...]) -> None:
    assert called_names(sql) == names
