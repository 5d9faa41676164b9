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


@contextmanager
def pgbouncer(url: str, directory: Path, mode: str) -> Iterator[str]:
    """Yield the URL of the same database behind a pooler in that mode; skip the test where there is none."""
    command = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:{UNPACKED / 'usr/sbin'}")
    if command is None:
        pytest.skip("PgBouncer is not installed")
    with psycopg.connect(url) as connection:
        host, port, user = connection.info.host, connection.info.port, connection.info.user
    with socket.create_server(("127.0.0.1", 0)) as free:
        listens = free.getsockname()[1]
    file = directory / "pgbouncer.ini"
    nobody = "user = nobody" if os.getuid() == 0 else ""
    file.write_text(CONFIGURATION.format(host=host, port=port, user=user, listens=listens, mode=mode, nobody=nobody))
    libraries = ":".join(str(found) for found in (UNPACKED / "usr/lib").glob("*"))
    with subprocess.Popen(
        [command, "--quiet", file], stderr=subprocess.DEVNULL, env={**os.environ, "LD_LIBRARY_PATH": libraries}
    ) as process:
        pooled = f"postgresql://{user}@127.0.0.1:{listens}{urlsplit(url).path}?gssencmode=disable&sslmode=disable"
        try:
            until(lambda: _answers(pooled), "PgBouncer answers")
            yield pooled
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
