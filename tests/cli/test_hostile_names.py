"""Names that try to be something else, through every strategy, report and format."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import compare
from tests.cli.conftest import Run

NAMES = {
    "injection": '"; drop table x; --',
    "literal": "x'); DROP TABLE students; --",
    "unicode": "Ünïcödé 表 🐘",
    "longest": "n" * 63,
    "longest in bytes": "x" + "ü" * 31,
    "mixed case": "MixedCase",
    "reserved": "select",
    "percent": "100%s %(a)s %% %",
    "braces": "{table} {0} {{",
    "dollars": "$1 $$ $body$ :x",
    "backslash": "C:\\new\\table\\",
    "lines": "new\nline\ttab",
    "markup": "[bold red]x[/] `|` <b>",
    "dots": "a.b.c",
}

BEFORE = """
CREATE SCHEMA {name};
CREATE TABLE {name}.{parent} (id int PRIMARY KEY);
CREATE TABLE {name}.{name} (id bigint PRIMARY KEY, {name} text, other int, {gone} int);
CREATE TABLE {name}.{bare} ({name} int);
CREATE TABLE {name}.{last} ({name} int);
CREATE INDEX {old} ON {name}.{name} ({gone});
INSERT INTO {name}.{parent} SELECT generate_series(1, 10);
INSERT INTO {name}.{name} SELECT i, i::text, i % 10 + 1, i FROM generate_series(1, 300) AS i;
INSERT INTO {name}.{bare} SELECT generate_series(1, 300);
"""
AFTER = """
ALTER TABLE {name}.{name} ADD COLUMN {added} int;
ALTER TABLE {name}.{name} ADD COLUMN {default} int DEFAULT 7 NOT NULL;
ALTER TABLE {name}.{name} ADD COLUMN {serial} serial;
UPDATE {name}.{name} SET {added} = other * 2;
ALTER TABLE {name}.{name} ALTER COLUMN {added} SET NOT NULL;
CREATE INDEX {index} ON {name}.{name} ({name});
ALTER TABLE {name}.{name} ADD CONSTRAINT {key} FOREIGN KEY (other) REFERENCES {name}.{parent} (id);
ALTER TABLE {name}.{name} ADD CONSTRAINT {check} CHECK ({added} >= 0);
ALTER TABLE {name}.{name} ADD CONSTRAINT {unique} UNIQUE ({name});
ALTER TABLE {name}.{bare} ADD CONSTRAINT {primary} PRIMARY KEY ({name});
CREATE TABLE {name}.{table} ({name} int REFERENCES {name}.{parent} (id));
DROP INDEX {name}.{old};
ALTER TABLE {name}.{name} DROP COLUMN {gone};
DROP TABLE {name}.{last};
"""
OTHERS = [
    "parent",
    "gone",
    "bare",
    "last",
    "old",
    "added",
    "default",
    "serial",
    "index",
    "key",
    "check",
    "unique",
    "primary",
    "table",
]


def named(word: str, name: str) -> str:
    """Return the name with another first character, one for each word; none of the names begins with these."""
    return f"{'ABDEFGHIJKLNOP'[OTHERS.index(word)]}{name[1:]}"


def composed(template: str, name: str) -> str:
    """Fill in the name, and for each other word the name that is like it."""
    names = {word: named(word, name) for word in OTHERS} | {"name": name}
    return sql.SQL(template).format(**{word: sql.Identifier(text) for word, text in names.items()}).as_string()


@pytest.fixture(params=tuple(NAMES.values()), ids=tuple(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    given: str = request.param
    return given


def test_everything_with_such_names(run: Run, create_database: Callable[[], str], tmp_path: Path, name: str) -> None:
    naive, online = create_database(), create_database()
    with (
        psycopg.connect(naive, autocommit=True) as expected,
        psycopg.connect(online, autocommit=True) as connection,
    ):
        for database in (expected, connection):
            database.execute(composed(BEFORE, name).encode())
        expected.execute(composed(AFTER, name).encode())
        (tmp_path / "all.sql").write_text(composed(AFTER, name), encoding="utf-8")
        before = compare.schema(connection), compare.rows(connection)

        def told(*arguments: str) -> str:
            ended = run("--database-url", online, *arguments, wide="--dry-run" in arguments)
            assert ended.status == 0, ended.told
            return ended.output

        given = ("--sql", "all.sql", "--small-tables-online")
        plan = told("plan", *given, "--format", "json")
        (tmp_path / "plan.json").write_text(plan, encoding="utf-8")
        assert any(name in operation["table"] for operation in json.loads(plan)["operations"])
        assert "expand" in told("plan", *given)
        for form in ("text", "json"):
            assert (
                run(
                    "--database-url", online, "check", "--sql", "all.sql", "--fail-on", "minimal", "--format", form
                ).status
                == 1
            )
        told("deploy", *given, "--dry-run")

        assert "At the gate" in told("deploy", "--plan", "plan.json", "--log-file", "deploy.log")
        told("status")
        json.loads(told("status", "--format", "json"))
        told("abort", "--yes")
        assert compare.differences(before[0], compare.schema(connection)) == []
        assert compare.rows(connection) == before[1]

        assert "Done" in told("deploy", *given, "--phase", "all", "--yes")
        # In which order the rows got their numbers is nobody's promise.
        compare.assert_same(expected, connection, ignore=(f"{name}.{name}.{named('serial', name)}",))
        for line in (tmp_path / "deploy.log").read_text(encoding="utf-8").splitlines():
            json.loads(line)
