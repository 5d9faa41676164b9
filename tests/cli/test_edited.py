"""A revision or an SQL file that is edited while its deploy is unfinished."""

from pathlib import Path

import psycopg

from tests.cli.conftest import Run, assert_refused
from tests.sources.projects import Maker

BODY = "op.add_column('users', sa.Column('nick', sa.Text()))\nop.execute(\"UPDATE users SET nick = 'old'\")"


def edit(path: Path, what: str, by: str) -> None:
    text = path.read_text()
    assert what in text
    path.write_text(text.replace(what, by))


def begin(run: Run, users: Maker) -> Path:
    """Deploy up to the end of expand; return the file of the revision."""
    path = users.revision("a2", BODY)
    assert run("deploy", "--small-tables-online", "--phase", "expand").status == 0
    return path


def nicks(connection: psycopg.Connection) -> set[str]:
    return {nick for (nick,) in connection.execute("SELECT DISTINCT nick FROM users").fetchall()}


def test_it_is_not_carried_on_unasked(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    edit(begin(run, users), "'old'", "'new'")
    told = ("(a1 -> a2) is unfinished, and a2 was edited or removed", "--as-planned", "abort")
    for words in (["deploy"], ["deploy", "--dry-run"]):
        assert_refused(run(*words), 2, *told)
    assert run("deploy", "--as-planned").status == 0
    assert nicks(connection) == {"old"}
    assert run("deploy", "--phase", "contract").status == 0


def test_it_is_taken_back_and_planned_anew(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    edit(begin(run, users), "'old'", "'new'")
    assert run("abort", "--yes").status == 0
    assert run("deploy", "--small-tables-online").status == 0
    assert nicks(connection) == {"new"}


def test_a_revision_that_is_gone(run: Run, users: Maker) -> None:
    begin(run, users).unlink()
    assert_refused(run("deploy"), 2, "a2 was edited or removed")


def test_comments_layout_and_later_revisions_do_not_matter(run: Run, users: Maker) -> None:
    path = begin(run, users)
    edit(path, "a2 message", "Add the nick, so that people are called by it")
    edit(path, "def upgrade():\n", "def upgrade():\n\n    # A text of its own.\n\n")
    users.revision("a3", "op.add_column('users', sa.Column('other', sa.Text()))")
    ended = run("deploy", "--small-tables-online")
    assert ended.status == 0, ended.told
    assert "Carrying on" in ended.output


def test_sql_files(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    script = users.directory / "nick.sql"
    script.write_text("ALTER TABLE users ADD COLUMN nick text; UPDATE users SET nick = 'old';")
    assert run("deploy", "--small-tables-online", "--phase", "expand", "--sql", str(script)).status == 0
    edit(script, "'old'", "'new'")
    assert_refused(run("deploy", "--sql", str(script)), 2, "nick.sql was edited or removed")
    edit(script, "'new';", "'old';  -- as it was")
    assert run("deploy", "--sql", str(script)).status == 0
    assert nicks(connection) == {"old"}
