"""The database that statements are tried in: schema.sql, once per module, and what the catalog says of it."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from online_migrate.catalog import read as catalog_reader
from online_migrate.catalog.model import Catalog
from tests.risk.observe import HERE


@pytest.fixture(scope="module")
def situations(server_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a database with schema.sql, in which every form is tried and rolled back."""
    name = f"risk_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SET timezone = 'UTC'")
                connection.execute((HERE / "schema.sql").read_bytes())
                yield connection
        finally:
            administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def catalog(situations: psycopg.Connection) -> Catalog:
    """The facts of that database."""
    return catalog_reader.read(situations)
