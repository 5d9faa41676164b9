"""What every test of a real database starts from: one server per worker, a fresh database per test."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from online_migrate.embedded import THROWAWAY, Server

Connect = Callable[[], psycopg.Connection]
"""Opens one more autocommit connection to the test's database; it is closed when the test ends."""

_numbers = count(1)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """URL of the maintenance database of the server that the tests run on, as superuser.

    ONLINE_MIGRATE_TEST_URL names another server to run the same tests on.
    """
    if given := os.environ.get("ONLINE_MIGRATE_TEST_URL"):
        yield given
        return
    with Server.start(settings={**THROWAWAY, "max_connections": "60", "max_prepared_transactions": "4"}) as server:
        yield server.url()


@pytest.fixture(scope="session")
def server_version(server_url: str) -> int:
    """Major version of the server."""
    with psycopg.connect(server_url) as connection:
        return connection.info.server_version // 10000


@pytest.fixture(scope="session")
def administrator(server_url: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection to the maintenance database."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def create_database(server_url: str, administrator: psycopg.Connection) -> Iterator[Callable[[], str]]:
    """Make one more empty database and return its URL; it is dropped when the test ends."""
    with ExitStack() as stack:

        def create() -> str:
            name = f"test_{os.getpid()}_{next(_numbers)}"
            identifier = sql.Identifier(name)
            administrator.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
            stack.callback(administrator.execute, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
            return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))

        yield create


@pytest.fixture
def database(create_database: Callable[[], str]) -> str:
    """URL ("postgresql://...") of a fresh empty database, dropped after the test with every session in it."""
    return create_database()


@pytest.fixture
def second_connection(database: str) -> Iterator[Connect]:
    """Open one more autocommit connection to the test's database."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(psycopg.connect(database, autocommit=True))


@pytest.fixture
def connection(second_connection: Connect) -> psycopg.Connection:
    """An autocommit connection to the test's database."""
    return second_connection()


@pytest.fixture(autouse=True)
def _only_on_versions(request: pytest.FixtureRequest) -> None:
    """Skip what `@pytest.mark.pg(">=15")` says this server is not made for."""
    for marker in request.node.iter_markers("pg"):
        wanted = re.fullmatch(r"(>=|<)(\d+)", marker.args[0])
        if wanted is None:
            raise pytest.UsageError(f'pg marker: ">=N" or "<N" expected, not {marker.args[0]!r}')
        version: int = request.getfixturevalue("server_version")
        if (version >= int(wanted[2])) != (wanted[1] == ">="):
            pytest.skip(f"needs PostgreSQL {marker.args[0]}, this is {version}")
