"""What an UPDATE reads and writes decides whether it can be cut into batches."""

import pytest

from online_migrate.grammar import statements as s
from online_migrate.grammar.read import read
from online_migrate.plan.names import RelationName
from tests.grammar.names import resolve


def update(sql: str) -> s.Update:
    found = read(sql, resolve)
    assert isinstance(found, s.Update)
    return found


@pytest.mark.parametrize(
    ("sql", "reads", "where"),
    [
        ("UPDATE t SET a = b + t.c + app.t.d WHERE e IS NULL", ("b", "c", "d"), ("e",)),
        ("UPDATE t AS x SET a = x.b + c WHERE x.d", ("b", "c"), ("d",)),
        # The alias hides the table's name, so t is another table here.
        ("UPDATE t AS x SET a = t.b FROM u AS t WHERE x.id = t.id", (), ("id",)),
        ("UPDATE t SET a = b FROM u WHERE t.id = u.id AND c", (), ("id",)),
        ("UPDATE t SET a = a + 1 FROM u", ("a",), ()),
        ("UPDATE t SET a = (SELECT name FROM u WHERE u.id = t.u_id AND x)", ("u_id",), ()),
        ("UPDATE t SET a = (SELECT a FROM u)", ("a",), ()),
        ("UPDATE t SET a = (SELECT b)", ("b",), ()),
        ("UPDATE t SET a[1] = 5, b.c = 6", ("a", "b"), ()),
        ("UPDATE t SET (a, b) = (SELECT t.c, t.d FROM u) WHERE ctid >= $1::tid", ("c", "d"), ("ctid",)),
    ],
)
def test_columns_that_are_read(sql: str, reads: tuple[str, ...], where: tuple[str, ...]) -> None:
    found = update(sql)
    assert found.reads_columns == reads
    assert found.where_columns == where


@pytest.mark.parametrize(
    ("assignments", "expected", "assigned"),
    [
        ("a = 1, b = DEFAULT", [("a", "1"), ("b", "DEFAULT")], ("a", "b")),
        ("(a, b) = (b, a), c = 3", [("a", "b"), ("b", "a"), ("c", "3")], ("a", "b", "c")),
        ("(a, b) = ROW(1, x OR y)", [("a", "1"), ("b", "x OR y")], ("a", "b")),
        ("(a, b) = (SELECT 1, 2), c = 3", [], ("a", "b", "c")),
        ("a[1] = 5", [], ("a",)),
        ("a = (SELECT max(x) FROM u)", [("a", "(SELECT max(x) FROM app.u)")], ("a",)),
    ],
)
def test_assignments(assignments: str, expected: list[tuple[str, str]], assigned: tuple[str, ...]) -> None:
    found = update(f"UPDATE t SET {assignments}")
    assert [(a.column, a.expression) for a in found.assignments] == expected
    assert found.assigned_columns == assigned


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        ("UPDATE t SET a = a, b = t.b, c = app.t.c, d = a", ("a", "b", "c")),
        ("UPDATE t AS x SET (a, b) = (x.a, t.b) FROM u AS t", ("a",)),
        ("UPDATE t SET a[1] = a, b = (b), c = c::text, d = (SELECT d)", ("b",)),
    ],
)
def test_columns_that_are_assigned_what_they_hold(sql: str, same: tuple[str, ...]) -> None:
    found = update(sql)
    assert found.same_columns == same
    assert not set(found.changed_columns) & set(same)


@pytest.mark.parametrize(
    ("where", "null"),
    [
        ("a IS NULL AND (t.b IS NULL AND c IS NULL)", ("a", "b")),
        ("u.a IS NULL AND b IS NULL", ("b",)),
        ("a IS NULL OR b IS NULL", ()),
        ("a IS NOT NULL AND coalesce(b) IS NULL", ()),
    ],
)
def test_columns_that_hold_nothing(where: str, null: tuple[str, ...]) -> None:
    found = update(f"UPDATE t SET a = 1, b = 2 FROM u WHERE {where}")
    assert found.null_columns == null
    assert update("UPDATE t SET a = 1").null_columns == ()


@pytest.mark.parametrize(
    ("sql", "others", "writes"),
    [
        ("UPDATE t SET a = 1", (), ()),
        ("UPDATE t SET a = (SELECT max(a) FROM t)", ("t",), ()),
        ("UPDATE t SET a = 1 FROM t AS u WHERE t.id = u.parent", ("t",), ()),
        ("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM u JOIN v USING (id))", ("u", "v"), ()),
        ("WITH c AS (SELECT * FROM u) UPDATE t SET a = 1 FROM c", ("u",), ()),
        ("WITH c AS (DELETE FROM u RETURNING id) UPDATE t SET a = 1 FROM c", ("u",), ("u",)),
    ],
)
def test_other_relations(sql: str, others: tuple[str, ...], writes: tuple[str, ...]) -> None:
    found = update(sql)
    assert found.other_relations == tuple(RelationName("app", o) for o in others)
    assert found.writes == tuple(RelationName("app", w) for w in writes)


def test_what_else_an_update_contains() -> None:
    found = update(
        "WITH c AS (SELECT 1) UPDATE t SET a = pg_catalog.lower(b), d = now() FROM c WHERE f(e) RETURNING g(a)"
    )
    assert found.functions == ("lower", "now", "f", "g")
    assert (found.has_with, found.has_from, found.has_returning, found.has_subquery) == (True, True, True, False)


@pytest.mark.parametrize(
    ("sql", "from_query"),
    [
        ("INSERT INTO t VALUES (1), ((SELECT max(a) FROM u))", False),
        ("INSERT INTO t DEFAULT VALUES", False),
        ("INSERT INTO t SELECT 1", False),
        ("INSERT INTO t SELECT 1 UNION ALL SELECT a FROM u", True),
        ("INSERT INTO t SELECT * FROM generate_series(1, 9)", True),
    ],
)
def test_inserts_from_a_query(sql: str, from_query: bool) -> None:
    found = read(sql, resolve)
    assert isinstance(found, s.Insert)
    assert found.from_query is from_query


def test_a_select_that_writes_says_so() -> None:
    found = read("WITH c AS (UPDATE t SET a = 1 RETURNING *) SELECT count(*) FROM c, u", resolve)
    assert isinstance(found, s.Select)
    assert found.relations == (RelationName("app", "t"), RelationName("app", "u"))
    assert found.writes == (RelationName("app", "t"),)
    assert found.functions == ("count",)
