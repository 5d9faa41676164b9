"""No name and no value can become anything but itself."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_migrate.errors import InvalidNameError, SqlSyntaxError
from online_migrate.grammar.compose import (
    Columns,
    Definition,
    Expression,
    Identifier,
    Literal,
    TypeName,
    compose,
    compose_body,
    compose_expression,
)
from online_migrate.grammar.tree import statement, words
from online_migrate.plan.names import RelationName

HOSTILE = [
    '"; drop table x; --',
    "'); drop table x; --",
    "select",
    "Mixed Case",
    "100% {t} {} %s %(a)s $1 $$",
    "back\\slash",
    "line\nbreak",
    "/* comment",
    "é" * 31,
    "x" * 63,
    "名前",
    " ",
    '"',
    "none",
]
NAMES = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15
)
TEXTS = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(schema=NAMES, table=NAMES, column=NAMES, others=st.lists(NAMES, min_size=1, max_size=3), value=TEXTS)
def test_every_part_arrives_as_it_is(schema: str, table: str, column: str, others: list[str], value: str) -> None:
    sql = compose(
        "INSERT INTO {table} ({column}, {others}) VALUES ({value}, {values})",
        table=RelationName(schema, table),
        column=Identifier(column),
        others=Columns(tuple(others)),
        value=Literal(value),
        values=Literal([value, column]),
    )
    node = statement(sql)
    assert (node.relation.schemaname, node.relation.relname) == (schema, table)
    assert [item.res_target.name for item in node.cols] == [column, *others]
    constant, array = node.select_stmt.select_stmt.values_lists[0].list.items
    assert constant.a_const.sval.sval == value
    assert [item.a_const.sval.sval for item in array.a_array_expr.elements] == [value, column]


@given(name=NAMES)
def test_names_in_every_kind_of_place(name: str) -> None:
    table = RelationName(name, name)
    index = statement(compose("CREATE INDEX {name} ON {table} ({name})", name=Identifier(name), table=table))
    assert (index.idxname, index.index_params[0].index_elem.name) == (name, name)
    drop = statement(compose("DROP INDEX CONCURRENTLY IF EXISTS {index}", index=table))
    assert words(drop.objects[0].list.items) == (name, name)
    rename = statement(compose("ALTER TABLE {t} RENAME COLUMN {a} TO {a}", t=table, a=Identifier(name)))
    assert (rename.subname, rename.newname) == (name, name)


def test_hostile_names_reach_the_server_as_they_are(connection: psycopg.Connection) -> None:
    for name in HOSTILE:
        table = RelationName("public", name)
        connection.execute(compose("CREATE TABLE {t} ({c} text)", t=table, c=Identifier(name)).encode())
        insert = compose("INSERT INTO {t} ({c}) VALUES ({v})", t=table, c=Identifier(name), v=Literal(name))
        connection.execute(insert.encode())
        select = compose("SELECT {c} FROM {t}", c=Identifier(name), t=table)
        assert connection.execute(select.encode()).fetchall() == [(name,)]


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 64, "é" * 32])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InvalidNameError):
        compose("DROP TABLE {t}", t=RelationName("public", name))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Literal(None), "NULL"),
        (Literal(True), "true"),
        (Literal(0), "0"),
        (Literal(-5), "-5"),
        (Literal(2**31), "2147483648"),
        (Literal(-(2**63)), "-9223372036854775808"),
        (Literal(1.5), "1.5"),
        (Literal(-1e300), "-1e+300"),
        (Literal(float("inf")), "'inf'::float8"),
        (Literal("it's"), "'it''s'"),
        (Literal("back\\slash"), "E'back\\\\slash'"),
        (Expression("a OR b -- c"), "a OR b"),
        (Expression("(SELECT max(x) FROM t)"), "(SELECT max(x) FROM t)"),
    ],
)
def test_values(part: Literal | Expression, expected: str) -> None:
    assert compose_expression("{part}", part=part) == expected


@pytest.mark.parametrize("value", [0, -1, 2**31 - 1, -(2**31), 2**62, 1.5, -0.0, 1e-300, float("inf"), "é\\'", None])
def test_values_reach_the_server(connection: psycopg.Connection, value: float | str | None) -> None:
    row = connection.execute(compose("SELECT {v}", v=Literal(value)).encode()).fetchone()
    # A number with a point is numeric, which Python has as Decimal.
    assert row is not None
    assert (float(row[0]) if isinstance(value, float) else row[0]) == value


def test_an_expression_keeps_its_own_precedence() -> None:
    assert (
        compose_expression("{a} AND NOT {b}", a=Expression("x OR y"), b=Expression("p = q")) == "(x OR y) AND NOT p = q"
    )
    assert compose_expression("{a} * 2", a=Expression("x + 1")) == "(x + 1) * 2"


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "1, 2",
        "1 FROM t",
        "1; DROP TABLE x",
        "1 AS y",
        "1) OR (1",
        "1 UNION SELECT 2",
        "1 LIMIT 1",
        "DISTINCT a",
        "--",
    ],
)
def test_an_expression_is_one_expression(sql: str) -> None:
    with pytest.raises(SqlSyntaxError):
        compose("SELECT {e}", e=Expression(sql))


@pytest.mark.parametrize("sql", ["", "int, 2", "int FROM t", "int; DROP TABLE x", "int + 1", "int) OR (1"])
def test_a_type_is_one_type(sql: str) -> None:
    with pytest.raises(SqlSyntaxError):
        compose("SELECT a::{t}", t=TypeName(sql))


@pytest.mark.parametrize("sql", ["", "COLUMN b int", "b int", "UNIQUE (a), DROP COLUMN b", "UNIQUE (a); SELECT 1"])
def test_a_definition_is_one_constraint(sql: str) -> None:
    with pytest.raises(SqlSyntaxError):
        compose("ALTER TABLE {t} ADD {d}", t=RelationName("a", "b"), d=Definition(sql))


@pytest.mark.parametrize(
    "sql", ["varchar(20)", "numeric(10, 2)[]", '"My"."Type"', "timestamp with time zone", '"char"']
)
def test_types(sql: str) -> None:
    assert compose_expression("a::{t}", t=TypeName(sql)) == f"a::{sql}"


def test_a_template_gives_one_statement() -> None:
    with pytest.raises(SqlSyntaxError, match="one statement was expected, 2 found"):
        compose("SELECT 1; SELECT 2")


def test_a_trigger_body_is_checked_by_its_own_grammar() -> None:
    column = Identifier('a"b')
    body = compose_body("BEGIN NEW.{c} := {e}; RETURN NEW; END", c=column, e=Expression("NEW.x + 1"))
    assert body == 'BEGIN NEW."a""b" := (new.x + 1); RETURN NEW; END'
    with pytest.raises(SqlSyntaxError):
        compose_body("BEGIN NEW.{c} := {e}; RETURN NEW;", c=column, e=Expression("1"))
