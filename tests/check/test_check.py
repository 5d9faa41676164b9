"""`online-migrate check` as a gate: what fails it, what lets it pass, and that it says why."""

import json
from pathlib import Path

import psycopg
import pytest

from online_migrate.cli.check import FAILED
from tests.cli.conftest import Run, assert_refused
from tests.sources.projects import Maker

RISKY = "CREATE INDEX ix_name ON users (name);\n"
SAFE = "CREATE INDEX CONCURRENTLY ix_name ON users (name);\n"


def offline(run: Run, text: str, *options: str) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Check one SQL file without a database and return the status and the outcome as JSON."""
    Path("one.sql").write_text(text)
    ended = run("check", "--offline", "--sql", "one.sql", "--format", "json", *options)
    assert ended.told == ""
    return ended.status, json.loads(ended.output)


def test_what_is_risky_fails_and_what_is_not_passes(run: Run) -> None:
    status, outcome = offline(run, RISKY)
    assert (status, outcome["failed"], outcome["static"]) == (FAILED, True, True)
    assert [o["standing"] for o in outcome["operations"]] == ["fails"]
    assert offline(run, SAFE)[0] == 0


def test_the_level_can_be_set(run: Run) -> None:
    dropping = "ALTER TABLE users DROP COLUMN name;\n"
    assert offline(run, dropping)[0] == 0
    assert offline(run, dropping, "--fail-on", "moderate")[0] == FAILED
    assert offline(run, RISKY, "--fail-on", "very_high")[0] == 0


def test_a_table_that_the_same_file_makes_is_empty(run: Run) -> None:
    assert offline(run, "CREATE TABLE users (name text);\n" + RISKY)[0] == 0


def test_what_a_baseline_has_passes_wherever_it_stands(run: Run) -> None:
    Path("one.sql").write_text(RISKY)
    assert run("check", "--offline", "--sql", "one.sql", "--baseline", "b.json", "--write-baseline").status == 0
    moved = "-- a comment\n\n" + RISKY.replace("ix_name ON", "ix_name\n  ON")
    assert offline(run, moved, "--baseline", "b.json")[0] == 0
    status, outcome = offline(run, moved + "UPDATE users SET name = '';\n", "--baseline", "b.json")
    assert status == FAILED
    assert sorted(o["standing"] for o in outcome["operations"]) == ["accepted", "fails"]
    assert offline(run, SAFE, "--baseline", "b.json")[1]["baseline_entries_gone"] == 1


def test_a_verdict_that_got_worse_is_new(run: Run) -> None:
    Path("one.sql").write_text(RISKY)
    run("check", "--offline", "--sql", "one.sql", "--baseline", "b.json", "--write-baseline")
    Path("b.json").write_text(Path("b.json").read_text().replace('"high"', '"moderate"'))
    assert offline(run, RISKY, "--baseline", "b.json")[0] == FAILED


def test_an_override_allows_with_its_reason(run: Run) -> None:
    status, outcome = offline(run, "-- online-migrate: allow create-index because few rows\n" + RISKY)
    assert (status, outcome["operations"][0]["reason"]) == (0, "few rows")
    assert offline(run, RISKY.replace(";", "; -- online-migrate: allow add-index because few rows"))[0] == 0


def test_an_override_of_the_next_statement_is_of_no_other(run: Run) -> None:
    text = "-- online-migrate: allow create-index because few rows\n" + SAFE + RISKY.replace("ix_name", "ix_other")
    assert offline(run, text)[0] == FAILED
    text = text.replace("few rows\n", "few rows\n\n")
    assert offline(run, text)[0] == 0


def test_an_override_in_the_sql_of_op_execute(run: Run, users: Maker) -> None:
    body = '''op.execute("""
        ALTER TABLE users ADD COLUMN note text;
        -- online-migrate: allow add-index because few rows
        CREATE INDEX ix_name ON users (name);
    """)'''
    users.revision("a2", body)
    ended = run("check", "--lock-budget", "1", "--fail-on", "minimal", "--format", "json")
    standing = {o["operation"]: o["standing"] for o in json.loads(ended.output)["operations"]}
    assert standing == {"create_index": "allowed", "add_column": "fails"}


def test_an_expired_override_counts_no_more_and_is_told(run: Run) -> None:
    text = "-- online-migrate: allow create-index because few rows until 2020-01-01\n" + RISKY
    status, outcome = offline(run, text)
    assert (status, outcome["expired"][0]["expires"]) == (FAILED, "2020-01-01")
    ended = run("check", "--offline", "--sql", "one.sql")
    assert "one.sql:1 allows create-index counted until 2020-01-01" in " ".join(ended.output.split())


def test_an_override_that_nothing_needs_is_told(run: Run) -> None:
    _, outcome = offline(run, "-- online-migrate: allow drop-table because nobody reads it\n" + RISKY)
    assert [o["kind"] for o in outcome["unused"]] == ["drop-table"]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("allow create-index", "gives no reason"),
        ("allow create-index because ", "cannot be read"),
        ("permit create-index because small", "cannot be read"),
        ("allow create-index because small until 2027-13-01", "is not a date"),
    ],
)
def test_an_override_that_cannot_be_read_is_refused(run: Run, comment: str, said: str) -> None:
    Path("one.sql").write_text(f"-- online-migrate: {comment}\n{RISKY}")
    assert_refused(run("check", "--offline", "--sql", "one.sql"), 2, said, "one.sql:1")


def test_overrides_in_the_configuration(run: Run) -> None:
    entry = '[[tool.online-migrate.allow]]\nkind = "add-index"\ntable = "users"\nreason = "few rows"\n'
    Path("pyproject.toml").write_text(entry)
    assert offline(run, RISKY)[0] == 0
    Path("pyproject.toml").write_text(entry + "expires = 2020-01-01\n")
    assert offline(run, RISKY)[0] == FAILED
    Path("pyproject.toml").write_text(entry.replace('"users"', '"teams"'))
    assert offline(run, RISKY)[0] == FAILED


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('kind = "add-index"', "gives no reason"),
        ('reason = "x"', "gives no kind"),
        ('kind = "add-index"\nreason = "x"\nexpires = "soon"', "expires must be a date"),
        ('kind = "add-index"\nreason = "x"\nlevel = "x"', "has no key 'level'"),
    ],
)
def test_a_wrong_entry_of_the_configuration_is_refused(run: Run, entry: str, said: str) -> None:
    Path("pyproject.toml").write_text(f"[[tool.online-migrate.allow]]\n{entry}\n")
    Path("one.sql").write_text(RISKY)
    assert_refused(run("check", "--offline", "--sql", "one.sql"), 2, said)


def test_wrong_use_is_refused(run: Run) -> None:
    Path("one.sql").write_text(RISKY)
    base = ("check", "--offline", "--sql", "one.sql")
    assert_refused(run(*base, "--write-baseline"), 2, "none is named")
    assert_refused(run(*base, "--baseline", "none.json"), 2, "There is no baseline")
    Path("b.json").write_text("[]")
    assert_refused(run(*base, "--baseline", "b.json"), 2, "is no baseline")
    assert_refused(run("check", "--offline", "--autogenerate"), 2, "with a database")


def test_revisions_on_their_database(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    path = users.revision("a2", "op.create_index('ix_name', 'users', ['name'])\nop.execute('UPDATE users SET age = 1')")
    # 20,000 rows are indexed in a moment, with a budget of 1 ms they are not.
    assert run("check", "--lock-budget", "1").status == FAILED
    text = path.read_text()
    path.write_text(
        text.replace("    op.create_index", "    # online-migrate: allow add-index because x\n    op.create_index")
    )
    ended = run("check", "--lock-budget", "1", "--format", "json")
    standing = {o["operation"]: o["standing"] for o in json.loads(ended.output)["operations"]}
    assert standing == {"create_index": "allowed", "update": "fails"}
    path.write_text(
        text.replace("import sqlalchemy", "# online-migrate: allow update, add-index because x\nimport sqlalchemy")
    )
    assert run("check", "--lock-budget", "1").status == 0
    assert "Allowed by an override" in run("plan").output


def test_revisions_without_a_database(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    """The first revision makes the table; for the second one it is large, whatever the database has."""
    connection.execute("TRUNCATE users")
    users.revision("a2", "op.create_index('ix_name', 'users', ['name'])")
    ended = run("check", "--offline", "--format", "json")
    assert ended.status == FAILED
    standing = {o["operation"]: o["standing"] for o in json.loads(ended.output)["operations"]}
    assert standing == {"create_table": "below", "create_index": "fails"}
    users.revision("a3", "op.add_column('users', sa.Column('x', sa.Integer()))")
    assert run("check", "--offline", "a2:heads").status == 0
    assert_refused(run("check", "--offline", "zz:heads"), 2, "There is no revision zz")


def test_a_column_that_the_models_still_map_is_told(run: Run, users: Maker) -> None:
    users.revision("a2", "op.drop_column('users', 'age')\nop.drop_column('users', 'name')")
    users.project(
        imports="import sqlalchemy as sa", models="sa.Table('users', target_metadata, sa.Column('age', sa.Integer))"
    )
    plan = json.loads(run("plan", "--format", "json").output)
    (finding,) = [f for f in plan["finding_details"] if f["code"] == "column-still-mapped"]
    assert finding["what"].startswith("The models map public.users.age")
