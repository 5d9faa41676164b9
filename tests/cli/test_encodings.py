"""Names that the terminal's encoding does not have are shown in another way, and end no command."""

import os
import subprocess
import sys

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.sources.projects import Maker

NAME = "größe→"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_deploy_goes_on(run: Run, users: Maker, connection: psycopg.Connection, encoding: str) -> None:
    users.revision("b2", f"op.execute('ALTER TABLE users ADD COLUMN {NAME} int')")
    ended = subprocess.run(
        [sys.executable, "-m", "online_migrate.cli.main", "deploy"],
        cwd=users.directory,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert b"\\u2192" in ended.stdout
    assert connection.execute("SELECT attnum > 0 FROM pg_attribute WHERE attname = %s", [NAME]).fetchone() == (True,)
