"""Revisions taken back online: to the gate, through it, carried on, undone, and what is refused in words."""

import json
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import Run, assert_refused
from tests.cli.test_deploys import alembic, columns, version
from tests.compare import differences, rows, schema
from tests.sources.projects import Maker

UP = """
op.add_column('users', sa.Column('code', sa.Integer(), nullable=True))
op.execute('UPDATE users SET code = age * 2')
op.alter_column('users', 'code', nullable=False)
op.create_index('ix_users_code', 'users', ['code'])
op.drop_column('users', 'age')
"""
DOWN = """
op.add_column('users', sa.Column('age', sa.Integer(), nullable=True))
op.execute('UPDATE users SET age = code / 2')
op.drop_index('ix_users_code', 'users')
op.drop_column('users', 'code')
"""
ALL = ("--phase", "all", "--yes")


@pytest.fixture
def down(users: Maker, run: Run) -> Maker:
    """The project with a revision a2 that can be taken back, deployed to its end."""
    users.revision("a2", UP, DOWN)
    ended = run("deploy", "--small-tables-online", *ALL)
    assert ended.status == 0, ended.told
    return users


def snapshot(url: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    with psycopg.connect(url) as connection:
        return schema(connection), rows(connection)


def test_down_to_the_gate_and_through_it(run: Run, down: Maker, connection: psycopg.Connection) -> None:
    planned = run("plan", "--downgrade", "-1", "--small-tables-online")
    assert "a2 -> a1" in planned.output
    assert "Going back loses what is stored in: public.users.code" in " ".join(planned.output.split())
    assert "Next    online-migrate deploy --downgrade -1" in planned.output

    first = run("deploy", "--downgrade", "a1", "--small-tables-online")
    assert first.status == 0, first.told
    assert "Going back loses" in first.output
    assert "Deploy the earlier code everywhere" in first.output
    assert (version(connection), columns(connection)) == ("a1", {"id", "name", "age", "code"})
    # The later release still works, and what it writes is there for the earlier one.
    connection.execute("INSERT INTO users (id, name, code) VALUES (0, 'new', 14)")
    assert "Nothing to do: the database is there already" in run("deploy", "--downgrade", "a1").output
    assert "When the earlier code runs everywhere" in run("status").output

    assert "Done" in run("deploy", "--phase", "contract").output
    assert columns(connection) == {"id", "name", "age"}
    alembic(down.directory, "upgrade", "head")
    assert (version(connection), columns(connection)) == ("a2", {"id", "name", "code"})


def test_a_plan_back_from_the_gate_says_what_is_in_the_way(run: Run, users: Maker) -> None:
    users.revision("a2", UP, DOWN)
    assert run("deploy", "--small-tables-online").status == 0
    planned = run("plan", "--downgrade", "-1", "--small-tables-online")
    words = " ".join(planned.output.split())
    assert "The upgrade to a2 waits at the gate" in words
    assert "`online-migrate abort` undoes it" in words
    assert "Next" not in planned.output


def test_up_and_down_as_alembic_does(run: Run, users: Maker, database: str, connection: psycopg.Connection) -> None:
    users.revision("a2", UP, DOWN)
    users.revision("a3", "op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))", "op.drop_table('notes')")  # fmt: skip # noqa: E501
    alembic(users.directory, "upgrade", "head")
    alembic(users.directory, "downgrade", "a1")
    naive = snapshot(database)
    assert run("deploy", "--small-tables-online", *ALL).status == 0
    ended = run("deploy", "--downgrade", "a1", "--small-tables-online", *ALL)
    assert ended.status == 0, ended.told
    assert not differences(naive[0], snapshot(database)[0])
    assert not differences(naive[1], snapshot(database)[1])


@pytest.mark.parametrize("target", ["base", "a", "-2"])
def test_targets_as_alembic_takes_them(run: Run, down: Maker, connection: psycopg.Connection, target: str) -> None:
    ended = run("deploy", "--downgrade", target, *ALL)
    if target == "a":
        assert_refused(ended, 2, "There is no way back to 'a'")
        return
    assert ended.status == 0, ended.told
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == []


def test_a_merge_is_taken_apart(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("b1", "op.execute('CREATE TABLE b (id int)')", "op.execute('DROP TABLE b')")
    users.last = "a1"
    users.revision("c1", "op.execute('CREATE TABLE c (id int)')", "op.execute('DROP TABLE c')", branch_labels=("c",))
    users.revision("m1", "pass", down_revision=("b1", "c1"))
    assert run("deploy", *ALL).status == 0
    assert_refused(run("deploy", "--downgrade", "-1"), 2, "There is no way back to '-1'")
    assert "only alembic_version moves" in run("plan", "--downgrade", "b1").output
    assert run("deploy", "--downgrade", "b1").status == 0
    heads = "SELECT version_num FROM alembic_version ORDER BY 1"
    assert connection.execute(heads).fetchall() == [("b1",), ("c1",)]
    assert run("deploy", "--downgrade", "c@-1", *ALL).status == 0
    assert connection.execute(heads).fetchall() == [("b1",)]
    assert connection.execute("SELECT to_regclass('c'), to_regclass('b')::text").fetchone() == (None, "b")


def test_what_cannot_go_back_says_so(run: Run, down: Maker, connection: psycopg.Connection) -> None:
    down.revision("a3", "pass", "raise NotImplementedError('no way back')")
    assert run("deploy").status == 0
    for command in ("plan", "deploy"):
        assert_refused(run(command, "--downgrade", "a1"), 2, "a3.py:", "no way back", "alembic downgrade")
    assert_refused(run("deploy", "--downgrade", "a1", "--autogenerate"), 2, "exclude each other")
    assert_refused(run("deploy", "a3", "--downgrade", "a1"), 2, "exclude each other")
    assert_refused(run("check", "--offline", "--downgrade", "a1"), 2, "--offline")
    path = down.files["a3"]
    path.write_text(path.read_text().replace("def downgrade", "def down"))
    assert_refused(run("deploy", "--downgrade", "a1"), 2, "has no downgrade()")
    assert version(connection) == "a3"


def test_a_downgrade_that_is_python(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    reads = "for (name,) in op.get_bind().execute(sa.text('SELECT name FROM users WHERE id < 3')).fetchall():\n"
    writes = "    op.get_bind().execute(sa.text('UPDATE users SET age = 7 WHERE name = :n'), {'n': name})"
    users.revision("a2", "pass", reads + writes)
    assert run("deploy").status == 0
    planned = run("plan", "--downgrade", "a1")
    assert "run downgrade() of revision a2" in " ".join(planned.output.split())
    ended = run("deploy", "--downgrade", "a1")
    assert ended.status == 0, ended.told
    assert version(connection) == "a1"
    assert connection.execute("SELECT count(*) FROM users WHERE age = 7 AND id < 3").fetchone() == (2,)


def test_an_unfinished_deploy_is_not_turned_round(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", UP, DOWN)
    assert run("deploy", "--small-tables-online", "--phase", "expand").status == 0
    assert_refused(run("deploy", "--downgrade", "base"), 2, "a1 -> a2", "goes the other way", "`online-migrate deploy`")
    assert_refused(run("deploy", "--downgrade", "base", "--dry-run"), 2, "goes the other way")
    assert run("deploy", "--small-tables-online", *ALL).status == 0

    assert "Next: online-migrate deploy --downgrade a1" in " ".join(
        run("deploy", "--downgrade", "-1", "--small-tables-online", "--phase", "expand").output.split()
    )
    assert "`online-migrate deploy --downgrade a1`" in " ".join(run("plan").output.split())
    assert "`online-migrate deploy --downgrade a1`" in " ".join(run("status").output.split())
    assert_refused(run("deploy"), 2, "a2 -> a1", "goes the other way", "`online-migrate deploy --downgrade a1`")
    dry = run("deploy", "--downgrade", "-1", "--dry-run", wide=True)
    assert "alembic_version" in dry.output
    # Carried on, however far the same words would lead by now.
    again = run("deploy", "--downgrade", "-1")
    assert "Carrying on deploy" in again.output
    assert (version(connection), columns(connection)) == ("a1", {"id", "name", "age", "code"})


def test_a_downgrade_is_undone(run: Run, down: Maker, connection: psycopg.Connection, database: str) -> None:
    before = snapshot(database)
    assert run("deploy", "--downgrade", "a1", "--small-tables-online").status == 0
    assert_refused(run("deploy"), 2, "The downgrade to a1 waits at the gate", "`online-migrate abort`")
    assert run("abort", "--yes").status == 0
    assert (version(connection), columns(connection)) == ("a2", {"id", "name", "code"})
    for was, now in zip(before, snapshot(database), strict=True):
        assert not differences(was, now)


def test_what_waits_for_contract_is_undone_and_not_taken_back(
    run: Run, users: Maker, connection: psycopg.Connection
) -> None:
    users.revision("a2", UP, DOWN)
    users.revision("a3", "op.execute('CREATE TABLE t (id int)')", "op.execute('DROP TABLE t')")
    assert run("deploy", "a2", "--small-tables-online").status == 0
    assert_refused(run("deploy", "--downgrade", "a1"), 2, "The upgrade to a2 waits at the gate", "Hint: `online-")
    assert_refused(run("deploy", "--downgrade", "a1", *ALL), 2, "The upgrade to a2 waits at the gate")
    assert run("deploy", "a3").status == 0
    assert_refused(run("deploy", "--downgrade", "a1"), 2, "Go back to a2 first")
    assert run("deploy", "--downgrade", "a2", *ALL).status == 0
    assert run("abort", "--yes").status == 0
    assert (version(connection), columns(connection)) == ("a1", {"id", "name", "age"})


def test_no_contract_of_a_downgrade_that_alembic_has_undone(
    run: Run, users: Maker, connection: psycopg.Connection
) -> None:
    users.revision(
        "a2", "op.alter_column('users', 'name', nullable=True)", "op.alter_column('users', 'name', nullable=False)"
    )
    connection.execute("ALTER TABLE users ALTER COLUMN name SET NOT NULL")
    assert run("deploy", *ALL).status == 0
    assert "At the gate" in run("deploy", "--downgrade", "a1", "--small-tables-online").output
    alembic(users.directory, "upgrade", "head")
    assert_refused(run("deploy", "--phase", "contract"), 4, "the downgrade to a1 cannot run", "upgraded again, to a2")
    alembic(users.directory, "downgrade", "a1")
    assert "Done" in run("deploy", "--phase", "contract").output


def test_alembic_has_done_what_an_unfinished_downgrade_was_to_do(
    run: Run, down: Maker, connection: psycopg.Connection
) -> None:
    down.revision("a3", "op.execute('UPDATE users SET code = code + 1')", "op.execute('UPDATE users SET code = 0')")
    assert run("deploy").status == 0
    assert run("deploy", "--downgrade", "a2", "--phase", "expand").status == 0
    alembic(down.directory, "downgrade", "a1")
    ended = run("deploy", "--downgrade", "a2")
    assert ended.status == 0, ended.told
    assert "Nothing is under way" in run("status").output
    assert (version(connection), columns(connection)) == ("a1", {"id", "name", "age"})


def test_a_plan_of_a_downgrade_in_a_file(run: Run, down: Maker, connection: psycopg.Connection) -> None:
    planned = run("plan", "--downgrade", "a1", "--format", "json")
    assert json.loads(planned.output)["downgrade"] is True
    (down.directory / "plan.json").write_text(planned.output)
    assert_refused(run("deploy", "--plan", "plan.json", "--downgrade", "a1"), 2, "--downgrade")
    assert run("deploy", "--plan", "plan.json", *ALL).status == 0
    assert (version(connection), columns(connection)) == ("a1", {"id", "name", "age"})
