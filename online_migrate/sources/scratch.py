"""A copy of a database's schema, without its rows, on a throwaway server."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from online_migrate.database import Database
from online_migrate.embedded import Server, binaries
from online_migrate.errors import ScratchFailed

LOCK_WAIT = "5s"


@contextmanager
def embedded_scratch(database_url: str) -> Iterator[str]:
    """Copy the schema of a database to a throwaway server and yield the URL of the copy.

    Takes ACCESS SHARE on every table of the database while pg_dump reads its schema, and gives up after 5 s of
    waiting for one. Roles are copied by name, without passwords; rows are not copied.

    Raises:
        EmbeddedServerMissing: the extra `embedded` is not installed.
        ScratchFailed: pg_dump failed, or the copy lacks something (an extension that is not installed here).
    """
    dump = _dump(database_url)
    with Server.start() as server:
        url = server.create_database("scratch")
        with Database(database_url).connect("scratch") as source, psycopg.connect(url, autocommit=True) as copy:
            there = {row[0] for row in copy.execute("SELECT rolname FROM pg_catalog.pg_roles")}
            for (role,) in source.execute("SELECT rolname FROM pg_catalog.pg_roles").fetchall():
                if role not in there and not role.startswith("pg_"):
                    copy.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        _run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url], given=dump)
        yield url


def _dump(database_url: str) -> str:
    settings = conninfo_to_dict(Database(database_url).conninfo())
    # A password on a command line is seen by every user of the machine.
    password = settings.pop("password", None)
    command = [
        "pg_dump",
        "--schema-only",
        "--no-publications",
        "--no-subscriptions",
        f"--lock-wait-timeout={LOCK_WAIT}",
    ]
    return _run([*command, "-d", make_conninfo("", **settings)], password=str(password) if password else None)


def _run(command: list[str], *, given: str | None = None, password: str | None = None) -> str:
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run(
        [binaries() / command[0], *command[1:]],
        input=given,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ScratchFailed(f"The schema could not be copied to a scratch server: {said[0] if said else command[0]}")
    return done.stdout
