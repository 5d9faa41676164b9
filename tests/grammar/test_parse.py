"""Scripts into statements, statements into operations, and where a text is wrong."""

import psycopg
import pytest

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.effects import Effect, effects_of
from online_migrate.grammar.parse import operations, split_script


def test_statements_begin_at_their_own_line_and_not_at_a_comment() -> None:
    script = "-- é\nSELECT 1; -- x\n/* two\nlines */\n  SELECT 'é;' ;\n;\n\nSELECT $$;$$\n"
    assert [(s.sql, s.line) for s in split_script(script)] == [
        ("SELECT 1", 2),
        ("SELECT 'é;'", 5),
        ("SELECT $$;$$", 8),
    ]


@pytest.mark.parametrize("text", ["", " \n", "-- nothing", "/* nothing */;;"])
def test_a_script_may_be_empty(text: str) -> None:
    assert split_script(text) == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("SELECT 1;\nSELECT 'éé' FRM form;", 2, 17, 'syntax error at or near "form"'),
        ("SELECT 1;\n\n  CREATE TABEL x ();", 3, 10, 'syntax error at or near "TABEL"'),
        ("SELECT 'open", 1, 8, "unterminated quoted string"),
        ("SELECT (1", 1, 10, "syntax error at end of input"),
        ("SELECT 1;\n\\connect other\n", 2, 1, r"\\connect is a command of psql"),
        ("SELECT :id;", 1, 8, ":id; is a variable of psql"),
        ("COPY t FROM stdin;\n1\t2\n\\.\n", 2, 1, "rows of COPY FROM STDIN"),
        ("SELECT 'a\0b'", 1, 10, "a zero byte"),
    ],
)
def test_an_error_says_where(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(SqlSyntaxError, match=message) as caught:
        split_script(text, "change.sql")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.message.startswith(f"change.sql:{line}:{column}: ")
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "ALTER TABLE IF EXISTS ONLY t ADD COLUMN a int, ADD b int",
            ("ALTER TABLE IF EXISTS ONLY t ADD COLUMN a int", "ALTER TABLE IF EXISTS ONLY t ADD COLUMN b int"),
        ),
        ("DROP TABLE IF EXISTS a, b.c CASCADE", ("DROP TABLE IF EXISTS a CASCADE", "DROP TABLE IF EXISTS b.c CASCADE")),
        ("DROP INDEX CONCURRENTLY a, b", ("DROP INDEX CONCURRENTLY a", "DROP INDEX CONCURRENTLY b")),
        ("DROP VIEW a, b", ("DROP VIEW a, b",)),
        ("CREATE TABLE t (a int PRIMARY KEY REFERENCES u)", ("CREATE TABLE t (a int PRIMARY KEY REFERENCES u)",)),
        ("SELECT 1; SELECT 2", ("SELECT 1", "SELECT 2")),
    ],
)
def test_operations(sql: str, expected: tuple[str, ...]) -> None:
    assert operations(sql) == expected


TOGETHER = [
    "ALTER TABLE t ADD CHECK (added > 0), ADD COLUMN added int DEFAULT 1, DROP COLUMN gone",
    "ALTER TABLE t ALTER kind SET DEFAULT 1, ALTER kind TYPE int USING kind::int, ALTER kind DROP DEFAULT",
    "ALTER TABLE t ADD CONSTRAINT k UNIQUE (kept), DROP CONSTRAINT k",
    "ALTER TABLE t ALTER added SET NOT NULL, ADD COLUMN added int DEFAULT 1, ADD PRIMARY KEY (added, kept)",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (other) REFERENCES t (unique_one), ADD UNIQUE (unique_one)",
]


@pytest.mark.parametrize("sql", TOGETHER)
def test_subcommands_cut_apart_run_as_they_did_together(connection: psycopg.Connection, sql: str) -> None:
    """The server runs the subcommands of one ALTER TABLE in passes, not as they are written."""
    shape = (
        "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute"
        " WHERE attrelid = to_regclass('t') AND attnum > 0 AND NOT attisdropped ORDER BY 1"
    )
    constraints = (
        "SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = to_regclass('t') ORDER BY 1, 2"
    )
    found = []
    for way in ((sql,), operations(sql)):
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(
            "CREATE TABLE t (kept int, gone int, kind text DEFAULT '7', other int, unique_one int,"
            " CONSTRAINT k CHECK (kept > 0))"
        )
        connection.execute("INSERT INTO t VALUES (1, 2, '3', NULL, 5)")
        for statement in way:
            connection.execute(statement.encode())
        found.append((connection.execute(shape).fetchall(), connection.execute(constraints).fetchall()))
    assert found[0] == found[1]


@pytest.mark.parametrize("sql", ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "START TRANSACTION READ ONLY", "END"])
def test_transaction_control(sql: str) -> None:
    assert [part.effect for part in effects_of(sql)] == [Effect.TRANSACTION]


def test_other_statements_control_no_transaction() -> None:
    for sql in ("SELECT 1", "SET TRANSACTION READ ONLY"):
        assert all(part.effect is not Effect.TRANSACTION for part in effects_of(sql))
