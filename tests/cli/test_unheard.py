"""A deploy goes on, and ends as it would have, where nobody can read what it says."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.sources.projects import Maker

DEPLOY = f"{sys.executable} -m online_migrate.cli.main deploy --small-tables-online --phase all --yes --log-format json"
HOW = {
    "stdout closed in the middle": f"{DEPLOY} 2>/dev/null | head -3; exit ${{PIPESTATUS[0]}}",
    "stderr closed in the middle": f"{DEPLOY} 2>&1 >/dev/null | head -3; exit ${{PIPESTATUS[0]}}",
    "stdout closed from the start": f"{DEPLOY} >&-",
    "both closed from the start": f"{DEPLOY} >&- 2>&-",
    "stdout on a full disk": f"{DEPLOY} >/dev/full",
    "both on a full disk": f"{DEPLOY} >/dev/full 2>/dev/full",
    "unbuffered": f"PYTHONUNBUFFERED=1 {DEPLOY} 2>/dev/full | head -3; exit ${{PIPESTATUS[0]}}",
    "log on a full disk": f"{DEPLOY} --log-file /dev/full",
}


def ended(how: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", how], cwd=directory, env=os.environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("how", HOW)
def test_a_deploy_goes_on(run: Run, users: Maker, connection: psycopg.Connection, how: str) -> None:
    users.revision("a2", "op.add_column('users', sa.Column('b', sa.Integer())); op.execute('UPDATE users SET b = age')")
    done = ended(HOW[how], users.directory)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    assert connection.execute("SELECT count(*) FROM users WHERE b IS DISTINCT FROM age").fetchone() == (0,)
    assert connection.execute("SELECT state FROM online_migrate.deploy ORDER BY id DESC LIMIT 1").fetchone() == (
        "done",
    )


def test_it_ends_with_its_own_status(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", "op.execute('ALTER TABLE users ADD CHECK (age > 50)')")
    done = ended(f"{DEPLOY} >/dev/full 2>/dev/full", users.directory)
    assert done.returncode == 4


def test_a_plan_that_cannot_be_written_says_so(run: Run, users: Maker) -> None:
    users.revision("a2", "op.add_column('users', sa.Column('b', sa.Integer()))")
    done = ended(f"{sys.executable} -m online_migrate.cli.main plan >/dev/full", users.directory)
    assert done.returncode == 2
    assert "No space left" in done.stderr
