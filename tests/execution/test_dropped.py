"""A table that is kept aside is out of everybody's way, can be put back whole, and is dropped when it is told."""

from pathlib import Path

import psycopg
import pytest

from online_migrate.errors import NameTaken
from online_migrate.execution import dropped
from online_migrate.policy import Policy
from tests import compare
from tests.differential import harness

KEEPING = Policy(small_tables_as_written=False, keep_dropped_days=7)
SETUP = b"""
    CREATE TABLE team (id integer PRIMARY KEY);
    CREATE TABLE step (id serial PRIMARY KEY, team integer REFERENCES team, note text UNIQUE CHECK (note <> ''));
    CREATE TABLE detail (step integer REFERENCES step);
    CREATE INDEX by_team ON step (team);
    INSERT INTO team VALUES (1);
    INSERT INTO step (team, note) VALUES (1, 'a'), (1, 'b');
"""
DROP = "DROP TABLE step CASCADE"


def _deploy(connection: psycopg.Connection, url: str, directory: Path, policy: Policy = KEEPING) -> None:
    assert harness.run(harness.make_plan(connection, DROP, directory, policy), url).state == "done"


def test_what_is_left_is_what_dropping_leaves(database: str, connection: psycopg.Connection, tmp_path: Path) -> None:
    connection.execute(SETUP)
    with connection.transaction(force_rollback=True):
        connection.execute(DROP.encode())
        naive = compare.schema(connection)
    _deploy(connection, database, tmp_path)
    left = {name: facts for name, facts in compare.schema(connection).items() if "online_migrate_dropped" not in name}
    assert not compare.differences(naive, left)
    (kept,) = dropped.dropped(connection)
    assert (str(kept.table), kept.over, (kept.until - kept.dropped_at).days) == ("public.step", False, 7)
    dropped.drop(connection, kept)
    assert dropped.dropped(connection) == ()
    assert not compare.differences(naive, compare.schema(connection))


def test_it_is_put_back_whole_but_for_its_foreign_keys(
    database: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    connection.execute(SETUP)
    before, rows = compare.schema(connection), compare.rows(connection)
    _deploy(connection, database, tmp_path)
    (kept,) = dropped.dropped(connection)
    dropped.restore(connection, kept)
    assert compare.rows(connection) == rows
    assert len(kept.lost) == 2
    for statement in kept.lost:
        connection.execute(statement.encode())
    assert not compare.differences(before, compare.schema(connection))
    assert dropped.dropped(connection) == ()


def test_a_name_that_is_taken_is_told(database: str, connection: psycopg.Connection, tmp_path: Path) -> None:
    connection.execute(SETUP)
    _deploy(connection, database, tmp_path)
    connection.execute(b"CREATE TABLE step (id integer)")
    (kept,) = dropped.dropped(connection)
    with pytest.raises(NameTaken, match=r"public\.step cannot be put back"):
        dropped.restore(connection, kept)
    assert dropped.dropped(connection) == (kept,)


def test_nothing_is_kept_unless_the_policy_says_so(
    database: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    connection.execute(SETUP)
    _deploy(connection, database, tmp_path, harness.ONLINE)
    assert dropped.dropped(connection) == ()


def test_a_table_that_cannot_be_kept_is_dropped_and_that_is_said(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    connection.execute(SETUP + b"CREATE VIEW steps AS SELECT id FROM step;")
    plan = harness.make_plan(connection, DROP, tmp_path, KEEPING)
    assert plan.operations[0].notes == ("public.step cannot be kept aside: public.steps would go on reading it.",)
    assert harness.steps_of(plan)[-1].sql == ("DROP TABLE public.step CASCADE",)
