"""SIGINT and SIGTERM end a deploy where it can be carried on, with exit status 3 and the way on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.sources.projects import Maker
from tests.waiting import until as until_true

SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION slow();
"""


@contextmanager
def deploying(directory: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "online_migrate.cli.main", "deploy", "--small-tables-online"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], words: str) -> None:
    """Read what it says up to a line with these words."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return
    pytest.fail(f"never said {words!r}: {said}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_middle_of_a_backfill(
    run: Run, users: Maker, connection: psycopg.Connection, number: signal.Signals
) -> None:
    connection.execute(SLOW.encode())
    users.revision("a2", "op.execute('UPDATE users SET age = age + 1')")
    before = connection.execute("SELECT sum(age) FROM users").fetchone()
    assert before is not None
    with deploying(users.directory) as process:
        until(process, "rows,")
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 3, told
        assert "Run the same command again to carry on" in " ".join(told.split())
    connection.execute("DROP TRIGGER slow ON users")
    shown = run("status").output
    assert "running" in shown
    assert re.search(r"\d+%, [\d,]+ rows", shown), shown
    ended = run("deploy")
    assert ended.status == 0, ended.told
    assert "Carrying on" in ended.output
    assert connection.execute("SELECT sum(age) FROM users").fetchone() == (before[0] + 20_000,)


HANGING = """
CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
CREATE TRIGGER hang BEFORE UPDATE ON users FOR EACH ROW WHEN (OLD.id = 1) EXECUTE FUNCTION hang();
"""


def test_a_second_one_stops_at_once(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    """The batch under way takes a minute, and is not waited for."""
    connection.execute(HANGING.encode())
    (users.directory / "pyproject.toml").write_text("[tool.online-migrate]\nstatement_timeout_ms = 60000\n")
    users.revision("a2", "op.execute('UPDATE users SET age = age + 1')")
    before = connection.execute("SELECT sum(age) FROM users").fetchone()
    assert before is not None
    with deploying(users.directory) as process:
        hangs = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        until_true(lambda: connection.execute(hangs).fetchone(), "a batch is under way")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "Ctrl-C again stops at once" in process.stderr.readline()
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
        assert process.returncode == 3, told
        assert "Stopped at once" in told
    until_true(lambda: connection.execute(hangs).fetchone() is None, "nothing of it is left on the server")
    connection.execute("DROP TRIGGER hang ON users")
    ended = run("deploy", "--wait")
    assert ended.status == 0, ended.told
    assert connection.execute("SELECT sum(age) FROM users").fetchone() == (before[0] + 20_000,)


def test_while_it_waits_for_a_lock(run: Run, users: Maker, connection: psycopg.Connection, database: str) -> None:
    users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    with psycopg.connect(database) as holder, deploying(users.directory) as process:
        holder.execute("SELECT count(*) FROM users")
        until(process, "waiting, not queueing")
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 3, told
        assert "abort" in told
        waits = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        assert waits == (0,)
    assert run("deploy").status == 0


def test_killed_and_carried_on(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    connection.execute(SLOW.encode())
    users.revision("a2", "op.execute('UPDATE users SET age = age + 1')")
    before = connection.execute("SELECT sum(age) FROM users").fetchone()
    assert before is not None
    with deploying(users.directory) as process:
        until(process, "rows,")
        process.kill()
    connection.execute("DROP TRIGGER slow ON users")
    # The lease of the dead process runs out by itself; here time is helped along.
    connection.execute("UPDATE online_migrate.lease SET expires_at = clock_timestamp()")
    ended = run("deploy")
    assert ended.status == 0, ended.told
    assert connection.execute("SELECT sum(age) FROM users").fetchone() == (before[0] + 20_000,)
