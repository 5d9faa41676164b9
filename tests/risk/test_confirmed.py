"""The assessor's verdicts, held against what the server does for the same statement on the same catalog."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from online_migrate.catalog import read as catalog_reader
from online_migrate.catalog.model import Catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read
from online_migrate.plan.assessment import Assessment
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess
from tests.risk.observe import HERE, forms, observe


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


def verdict(statement: str, catalog: Catalog) -> Assessment:
    return assess(read(statement, resolver(catalog, ("public",))), catalog, Policy())


@pytest.mark.parametrize("statement", forms(18))
def test_server_agrees(statement: str, situations: psycopg.Connection, catalog: Catalog, server_version: int) -> None:
    if statement not in forms(server_version):
        pytest.skip(f"PostgreSQL {server_version} does not know it")
    said = verdict(statement, catalog)
    done = observe(situations, statement)
    assert {lock.relation: lock.mode for lock in said.locks} == done.locks
    assert said.rewrites == done.rewrites
    assert said.scans == done.scans
