"""A PgBouncer before the tests' server: the one that is installed, or unpacked into the environment (see Makefile)."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.waiting import until

UNPACKED = Path(sys.prefix) / "pgbouncer"
CONFIGURATION = """[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 8
server_reset_query =
{nobody}
"""


class PgBouncer:
    """A pooler before a server, which can be killed and started again at the same address.

    Attributes:
        url: of the database behind it.
    """

    def __init__(self, command: str, url: str, directory: Path, mode: str) -> None:
        with psycopg.connect(url) as connection:
            host, port, user = connection.info.host, connection.info.port, connection.info.user
        with socket.create_server(("127.0.0.1", 0)) as free:
            listens = free.getsockname()[1]
        nobody = "user = nobody" if os.getuid() == 0 else ""
        self._file = directory / "pgbouncer.ini"
        self._file.write_text(
            CONFIGURATION.format(host=host, port=port, user=user, listens=listens, mode=mode, nobody=nobody)
        )
        self._command = command
        self.url = f"postgresql://{user}@127.0.0.1:{listens}{urlsplit(url).path}?gssencmode=disable&sslmode=disable"
        self._process = self._start()

    def restart(self) -> None:
        """Kill it, with every session through it, and return when it answers again."""
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        libraries = ":".join(str(found) for found in (UNPACKED / "usr/lib").glob("*"))
        process = subprocess.Popen(
            [self._command, "--quiet", self._file],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
        )
        until(lambda: _answers(self.url), "PgBouncer answers")
        return process


def find() -> str | None:
    """Return the program; None where there is none."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:{UNPACKED / 'usr/sbin'}")


@contextmanager
def pgbouncer(url: str, directory: Path, mode: str) -> Iterator[str]:
    """Yield the URL of the same database behind a pooler in that mode; skip the test where there is none."""
    command = find()
    if command is None:
        pytest.skip("PgBouncer is not installed")
    pooler = PgBouncer(command, url, directory, mode)
    try:
        yield pooler.url
    finally:
        pooler.stop()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
