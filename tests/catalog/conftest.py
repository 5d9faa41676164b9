"""One database with a bit of everything; each test changes it in a transaction that is rolled back."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

SAMPLE = Path(__file__).with_name("sample.sql")


@pytest.fixture(scope="module")
def sample_database(server_url: str, administrator: psycopg.Connection) -> Iterator[str]:
    """URL of a database that `sample.sql` filled; tests leave it as they find it."""
    name = f"sample_{os.getpid()}"
    administrator.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    with psycopg.connect(url) as connection:
        connection.execute(SAMPLE.read_bytes())
    yield url
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def sample(sample_database: str) -> Iterator[psycopg.Connection]:
    """A connection inside a transaction that is rolled back."""
    with psycopg.connect(sample_database) as connection:
        yield connection
        connection.rollback()
