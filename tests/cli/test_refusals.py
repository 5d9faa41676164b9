"""What PostgreSQL would refuse in the end is refused before anything is done."""

from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run, assert_refused

SCHEMA = b"""
CREATE TABLE team (id bigint PRIMARY KEY, name text, size int);
CREATE TABLE users (id int PRIMARY KEY, team_id bigint REFERENCES team, note text);
CREATE INDEX ON team (size);
CREATE VIEW sizes AS SELECT size FROM team;
"""


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE team DROP COLUMN size",
        "ALTER TABLE team ALTER COLUMN size TYPE bigint",
        "DROP TABLE team",
        "ALTER TABLE users DROP COLUMN note; DROP TABLE team",
    ],
)
def test_what_views_and_foreign_keys_rest_on(
    run: Run, database: str, connection: psycopg.Connection, tmp_path: Path, statement: str
) -> None:
    connection.execute(SCHEMA)
    with pytest.raises(psycopg.errors.lookup("2BP01" if "TYPE" not in statement else "0A000")):
        connection.execute(statement.encode())
    (tmp_path / "a.sql").write_text(statement)
    ended = run("--database-url", database, "deploy", "--sql", "a.sql", "--phase", "all", "--yes", wide=True)
    assert_refused(ended, 2, "PostgreSQL refuses to")
    assert connection.execute(b"SELECT to_regnamespace('online_migrate') IS NULL").fetchone() == (True,)


@pytest.mark.parametrize(
    "script",
    [
        "DROP TABLE team, users CASCADE",
        "DROP VIEW sizes; DROP TABLE team, users",
        "DROP VIEW sizes; ALTER TABLE team DROP COLUMN size",
        "DROP VIEW sizes; ALTER TABLE team ALTER COLUMN size TYPE bigint; CREATE VIEW sizes AS SELECT size FROM team",
        "CREATE OR REPLACE VIEW sizes AS SELECT 1 AS size; ALTER TABLE team DROP COLUMN size",
    ],
)
def test_what_the_plan_takes_away_is_no_reason(
    run: Run, database: str, connection: psycopg.Connection, tmp_path: Path, script: str
) -> None:
    connection.execute(SCHEMA)
    (tmp_path / "a.sql").write_text(script)
    ended = run("--database-url", database, "deploy", "--sql", "a.sql", "--phase", "all", "--yes", wide=True)
    assert ended.status == 0, ended
