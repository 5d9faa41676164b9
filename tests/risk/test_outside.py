"""The verdicts on statements that refuse to run in a transaction: their locks, seen from another session."""

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import errors, sql

from online_migrate.catalog import read as catalog_reader
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess
from tests.risk.observe import HERE
from tests.risk.watch import watch

FORMS = (
    ("CREATE INDEX CONCURRENTLY z ON account (age)", ("account",)),
    ("CREATE UNIQUE INDEX CONCURRENTLY z ON orders (id, rating)", ("orders",)),
    ("CREATE INDEX CONCURRENTLY z ON account (lower(name)) WHERE age > 1", ("account",)),
    ("CREATE INDEX CONCURRENTLY z ON measure_1 (country_id)", ("measure_1",)),
    ("DROP INDEX CONCURRENTLY account_nick", ("account",)),
    ("DROP INDEX CONCURRENTLY bare_b", ("bare",)),
    ("REINDEX INDEX CONCURRENTLY account_nick", ("account",)),
    ("REINDEX TABLE CONCURRENTLY account", ("account",)),
    ("REINDEX TABLE CONCURRENTLY measure", ("measure_1", "measure_2a")),
    ("REINDEX INDEX CONCURRENTLY measure_1_value_idx", ("measure_1",)),
    ("ALTER TABLE measure DETACH PARTITION measure_1 CONCURRENTLY", ("measure_1", "country")),
    ("ALTER TABLE measure DETACH PARTITION measure_2 CONCURRENTLY", ("measure_2", "measure_2a", "country")),
    ("VACUUM account", ()),
    ("VACUUM (FULL) account", ("account",)),
)
DETACH = "ALTER TABLE measure DETACH PARTITION measure_1 CONCURRENTLY"
FINALIZE = "ALTER TABLE measure DETACH PARTITION measure_1 FINALIZE"


@pytest.fixture(scope="module")
def template(server_url: str) -> Iterator[str]:
    """Name of a database with schema.sql that nobody is connected to."""
    name = f"outside_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            with psycopg.connect(_url(server_url, name), autocommit=True) as connection:
                connection.execute((HERE / "schema.sql").read_bytes())
            yield name
        finally:
            administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def copy(server_url: str, template: str, administrator: psycopg.Connection) -> Iterator[Callable[[], str]]:
    """Make a copy of that database and return its URL."""
    name = f"{template}_copy"

    def create() -> str:
        administrator.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return _url(server_url, name)

    yield create
    administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(server_url: str, database: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))


def _check(url: str, statement: str, held: tuple[str, ...]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        catalog = catalog_reader.read(connection)
    said = assess(read(statement, resolver(catalog, ("public",))), catalog, Policy())
    done = watch(url, statement, held)
    assert {lock.relation: lock.mode for lock in said.locks} == done.locks
    assert said.rewrites == done.rewrites


@pytest.mark.parametrize(("statement", "held"), FORMS, ids=[statement for statement, _ in FORMS])
def test_server_agrees(statement: str, held: tuple[str, ...], copy: Callable[[], str]) -> None:
    _check(copy(), statement, held)


def test_server_agrees_on_finishing_an_interrupted_detach(copy: Callable[[], str]) -> None:
    url = copy()
    with (
        psycopg.connect(url) as holder,
        psycopg.connect(url, autocommit=True) as impatient,
    ):
        holder.execute("LOCK TABLE ONLY measure IN ROW EXCLUSIVE MODE")
        impatient.execute("SET statement_timeout = '300ms'")
        with pytest.raises(errors.QueryCanceled):
            impatient.execute(DETACH)
    _check(url, FINALIZE, ("measure_1", "country"))
