"""Edits change what they say and nothing else."""

from collections.abc import Callable

import pytest

from online_migrate.grammar import edit
from online_migrate.plan.names import RelationName

COLUMN = (
    "ALTER TABLE IF EXISTS app.t ADD COLUMN IF NOT EXISTS a numeric(10, 2) NOT NULL DEFAULT 1"
    ' CONSTRAINT k CHECK (a > 0) REFERENCES u DEFERRABLE INITIALLY DEFERRED COLLATE "C"'
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            edit.without_default,
            (
                "ALTER TABLE IF EXISTS app.t ADD COLUMN IF NOT EXISTS a numeric(10, 2) NOT NULL"
                ' CONSTRAINT k CHECK (a > 0) REFERENCES u DEFERRABLE INITIALLY DEFERRED COLLATE "C"'
            ),
        ),
        (
            edit.without_inline_constraints,
            'ALTER TABLE IF EXISTS app.t ADD COLUMN IF NOT EXISTS a numeric(10, 2) NOT NULL DEFAULT 1 COLLATE "C"',
        ),
        (
            edit.as_nullable,
            (
                "ALTER TABLE IF EXISTS app.t ADD COLUMN IF NOT EXISTS a numeric(10, 2) DEFAULT 1"
                ' CONSTRAINT k CHECK (a > 0) REFERENCES u DEFERRABLE INITIALLY DEFERRED COLLATE "C"'
            ),
        ),
        (
            lambda sql: edit.with_default(sql, "f(1) OR b"),
            (
                "ALTER TABLE IF EXISTS app.t ADD COLUMN IF NOT EXISTS a numeric(10, 2) NOT NULL"
                " CONSTRAINT k CHECK (a > 0) REFERENCES u DEFERRABLE INITIALLY DEFERRED"
                ' DEFAULT (f(1) OR b) COLLATE "C"'
            ),
        ),
        (
            lambda sql: edit.with_type(edit.without_inline_constraints(sql), "bigint"),
            'ALTER TABLE IF EXISTS app.t ADD COLUMN IF NOT EXISTS a bigint NOT NULL DEFAULT 1 COLLATE "C"',
        ),
    ],
)
def test_columns(change: Callable[[str], str], expected: str) -> None:
    assert change(COLUMN) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "CREATE UNIQUE INDEX i ON t (a DESC, lower(b) text_pattern_ops) INCLUDE (c) NULLS NOT DISTINCT WHERE d",
            (
                "CREATE UNIQUE INDEX CONCURRENTLY i ON t USING btree (a DESC, lower(b) text_pattern_ops) INCLUDE (c)"
                " NULLS NOT DISTINCT WHERE d"
            ),
        ),
        ("DROP INDEX IF EXISTS a.i", "DROP INDEX CONCURRENTLY IF EXISTS a.i"),
        ("REINDEX (VERBOSE, CONCURRENTLY false) TABLE t", "REINDEX (VERBOSE, CONCURRENTLY) TABLE t"),
        ("REFRESH MATERIALIZED VIEW v", "REFRESH MATERIALIZED VIEW CONCURRENTLY v"),
        ("ALTER TABLE t DETACH PARTITION p", "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"),
    ],
)
def test_concurrently(sql: str, expected: str) -> None:
    assert edit.concurrently(sql) == expected
    assert edit.concurrently(expected) == expected


@pytest.mark.parametrize("definition", ["CHECK (a > 1)", "FOREIGN KEY (a) REFERENCES u", "CONSTRAINT k NOT NULL a"])
def test_not_valid(definition: str) -> None:
    expected = f"ALTER TABLE ONLY t ADD {definition} NOT VALID"
    assert edit.not_valid(f"ALTER TABLE ONLY t ADD {definition}") == expected
    assert edit.not_valid(expected) == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda: edit.concurrently("DROP TABLE t"),
        lambda: edit.concurrently("ALTER TABLE t DROP COLUMN a"),
        lambda: edit.not_valid("ALTER TABLE t DROP COLUMN a"),
        lambda: edit.as_nullable("ALTER TABLE t ADD a int, ADD b int"),
        lambda: edit.narrow("SELECT 1", "true"),
        lambda: edit.narrow("UPDATE t SET a = 1 WHERE CURRENT OF c", "true"),
        lambda: edit.only("DROP TABLE t"),
    ],
)
def test_an_edit_is_refused_where_it_has_no_meaning(call: Callable[[], str]) -> None:
    with pytest.raises(ValueError, match=r"has no|cannot be|was expected"):
        call()


@pytest.mark.parametrize(
    ("sql", "predicate", "expected"),
    [
        ("UPDATE t SET a = 1", "b OR c", "UPDATE t SET a = 1 WHERE b OR c"),
        ("UPDATE t SET a = 1 WHERE b OR c", "d OR e", "UPDATE t SET a = 1 WHERE (b OR c) AND (d OR e)"),
        (
            "UPDATE ONLY t x SET a = 1 FROM u WHERE x.b",
            "x.ctid >= $1::tid AND x.ctid < $2::tid",
            "UPDATE ONLY t x SET a = 1 FROM u WHERE x.b AND x.ctid >= $1::tid AND x.ctid < $2::tid",
        ),
        (
            "DELETE FROM t WHERE a IS NULL RETURNING b",
            "(id, k) > ($1, $2)",
            "DELETE FROM t WHERE a IS NULL AND (id, k) > ($1, $2) RETURNING b",
        ),
    ],
)
def test_narrow(sql: str, predicate: str, expected: str) -> None:
    assert edit.equal(edit.narrow(sql, predicate), expected)


def test_the_index_of_a_partition() -> None:
    sql = "CREATE UNIQUE INDEX ON ONLY app.t USING gin (lower(a) gin_trgm_ops) WITH (fastupdate=off) WHERE b"
    expected = (
        'CREATE UNIQUE INDEX "select" ON app."T1" USING gin (lower(a) gin_trgm_ops) WITH (fastupdate=off) WHERE b'
    )
    assert edit.index_on(sql, RelationName("app", "T1"), "select") == expected


@pytest.mark.parametrize(("sql", "name"), [("UPDATE app.t SET a = 1", "t"), ("DELETE FROM ONLY app.t AS x", "x")])
def test_the_name_of_the_target(sql: str, name: str) -> None:
    assert edit.target_alias_of(sql) == name


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a || 'a' || B", "(new.a || 'a') || new.b"),
        ("t.a + app.t.b + u.a", "(new.a + new.b) + u.a"),
        ("(SELECT a FROM u WHERE u.b = t.b)", "(SELECT a FROM u WHERE u.b = new.b)"),
        ("(SELECT a + 1)", "(SELECT new.a + 1)"),
        ("(a).b + c + other", "((new.a).b + c) + other"),
        ("a[1] = ANY(ARRAY[b])", "new.a[1] = ANY(ARRAY[new.b])"),
        ("CASE a WHEN 1 THEN b END", "CASE new.a WHEN 1 THEN new.b END"),
    ],
)
def test_row_references(sql: str, expected: str) -> None:
    assert edit.row_reference(sql, "NEW", columns={"a", "b"}, names={"t"}) == expected


def test_row_references_by_an_alias() -> None:
    assert edit.row_reference("a", "My Alias", columns={"a"}) == '"My Alias".a'


def test_columns_get_other_names() -> None:
    renamed = edit.rename_column_references("a > 1 AND t.a IS NULL AND lower(b) = 'a'", {"a": "Order"})
    assert renamed == '"Order" > 1 AND t."Order" IS NULL AND lower(b) = \'a\''


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("select  a::INT -- x", "SELECT CAST(a AS integer)", True),
        ("a AND (b AND c)", "a AND b AND c", False),
        ("((a))", "a", True),
        ("a <> 1", "a != 1", True),
        ('"a"', "A", True),
        ("'1'", "1", False),
        ("a", "b", False),
        ("1", "SELECT 1", False),
    ],
)
def test_equal(first: str, second: str, same: bool) -> None:
    assert edit.equal(first, second) is same
