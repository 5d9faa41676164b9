"""What is known of an expression without a database, and that the server agrees."""

import psycopg
import pytest

from online_migrate.grammar import analysis
from online_migrate.grammar.compose import Expression, compose
from online_migrate.plan.names import RelationName


@pytest.mark.parametrize(
    "sql",
    [
        "1",
        "-1.5",
        "+ - 2",
        "NULL::int",
        "true",
        "'{}'::jsonb",
        "ARRAY['a', NULL]::text[]",
        "ROW(1, 'a')",
        "('a' COLLATE \"C\")::text",
        "interval '1 day'",
        "B'101'",
        "$$text$$",
        "CAST(1 AS numeric(5, 2))",
    ],
)
def test_constants(sql: str) -> None:
    assert analysis.is_constant(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "a",
        "now()",
        "1 + 1",
        "ARRAY[f()]",
        "(SELECT 1)",
        "CURRENT_DATE",
        "$1",
        "- a",
        "ROW(a)",
        "CASE WHEN true THEN 1 END",
    ],
)
def test_what_is_not_constant(sql: str) -> None:
    assert not analysis.is_constant(sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a || 'x'", "i"),
        ("lower(a)", "i"),
        ("CURRENT_TIMESTAMP", "s"),
        ("now() + lower(a)", "s"),
        ("COALESCE(a, random())", "v"),
        ("pg_catalog.now()", "s"),
        ("mine.unknown(a)", "v"),
        ("(SELECT max(random()))", "v"),
        ("a AT TIME ZONE 'utc'", "i"),
    ],
)
def test_volatility(sql: str, expected: str) -> None:
    known = {"lower": "i", "now": "s", "random": "v", "max": "i", "timezone": "i"}
    assert analysis.volatility_of(sql, known) == expected
    assert analysis.contains_volatile(sql, known) is (expected == "v")


CHECKS = [
    ("a IS NOT NULL", ("a",)),
    ("(a IS NOT NULL AND b > 1) AND (c IS NOT NULL AND (a IS NOT NULL))", ("a", "c")),
    ("t.a IS NOT NULL", ("a",)),
    ("a > 0", ()),
    ("a IS NOT NULL OR b IS NOT NULL", ()),
    ("NOT (a IS NULL)", ()),
    ("(a + 1) IS NOT NULL", ()),
    ("num_nonnulls(a, b) = 2", ()),
    ("a IS NULL", ()),
]


@pytest.mark.parametrize(("check", "columns"), CHECKS)
def test_checks_that_prove_not_null(check: str, columns: tuple[str, ...]) -> None:
    assert analysis.null_rejecting_columns(check) == columns
    assert analysis.proves_not_null(check, "a") is ("a" in columns)


@pytest.mark.parametrize(("check", "columns"), CHECKS)
def test_the_server_skips_its_scan_for_no_less(
    connection: psycopg.Connection, check: str, columns: tuple[str, ...]
) -> None:
    """SET NOT NULL says at DEBUG1 where a constraint spares it the scan."""
    connection.execute("CREATE TABLE t (a int, b int, c int)")
    add = compose("ALTER TABLE {t} ADD CHECK ({c})", t=RelationName("public", "t"), c=Expression(check))
    connection.execute(add.encode())
    said: list[str] = []
    connection.add_notice_handler(lambda diagnostic: said.append(diagnostic.message_primary or ""))
    connection.execute("SET client_min_messages TO debug1")
    connection.execute("ALTER TABLE t ALTER COLUMN a SET NOT NULL")
    spared = any("sufficient to prove" in message for message in said)
    assert spared or "a" not in columns


def test_conjuncts_and_null_tests() -> None:
    assert analysis.conjuncts("a AND (b AND (c OR d)) AND NOT (e AND f)") == ("a", "b", "c OR d", "NOT (e AND f)")
    assert analysis.conjuncts("a OR b") == ("a OR b",)
    assert analysis.null_tested_column("t.a IS NULL") == "a"
    assert analysis.null_tested_column("a IS NOT NULL") is None
    assert analysis.null_tested_column("f(a) IS NULL") is None


def test_what_is_mentioned() -> None:
    sql = (
        "WITH c AS (SELECT 1 AS n) UPDATE t SET a = pg_catalog.lower(x.b)"
        " FROM c, z.u x WHERE id = $2 AND f(n) > $1::int"
    )
    assert analysis.columns(sql) == ("b", "id", "n")
    assert analysis.functions(sql) == ("pg_catalog.lower", "f")
    assert analysis.relations(sql) == (RelationName("", "t"), RelationName("z", "u"))
    assert analysis.parameters(sql) == (2, 1)


def test_an_expression_is_not_taken_for_a_statement() -> None:
    assert analysis.columns("commit") == ("commit",)
    assert analysis.relations("a IN (SELECT b FROM c)") == (RelationName("", "c"),)


@pytest.mark.parametrize(
    ("sql", "whole"),
    [
        ("SELECT * FROM t", True),
        ("TABLE t", True),
        ("SELECT (t).* FROM t", True),
        ("INSERT INTO u SELECT row_to_json(x) FROM t x", True),
        ("UPDATE t SET a = length(t::text)", True),
        ("SELECT a FROM t NATURAL JOIN u", True),
        ("SELECT count(*), t.t, a AS u FROM t, u v", False),
        ("INSERT INTO country SELECT DISTINCT country FROM users", False),
    ],
)
def test_whole_rows(sql: str, whole: bool) -> None:
    assert analysis.has_whole_rows(sql) is whole
