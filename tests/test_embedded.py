"""The embedded server: settings, restarts, and what a killed process leaves behind."""

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from online_migrate.embedded import Server
from online_migrate.errors import EmbeddedServerFailed

KILLED = """
import sys
from online_migrate.embedded import Server
server = Server.start()
print(server.directory, flush=True)
sys.stdin.read()
"""


def test_databases_and_settings_outlive_a_crash() -> None:
    with Server.start(settings={"work_mem": "5MB", "application_name": "it's"}, tcp=True) as server:
        url = server.create_database("one")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        server.restart()
        copy = server.create_database("two", template="one")
        with psycopg.connect(copy) as connection:
            assert connection.execute("SELECT n, current_setting('work_mem') FROM kept").fetchall() == [(1, "5MB")]
        server.drop_database("two")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(copy)


def test_a_directory_is_kept_and_has_one_owner(server_url: str) -> None:
    with Server.start() as other:
        directory = other.directory / "kept"
        with Server.start(directory) as server:
            server.create_database("one")
            with pytest.raises(EmbeddedServerFailed, match="Another process"):
                Server.start(directory)
        with Server.start(directory) as server, psycopg.connect(server.url("one")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_a_killed_process_leaves_is_removed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        directory = Path(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
    assert (directory / "data" / "postmaster.pid").exists()
    with Server.start():
        assert not directory.exists()
