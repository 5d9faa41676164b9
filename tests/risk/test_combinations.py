"""Statements on schemas that nobody thought of: the assessor against the server, combinations chosen by Hypothesis.

ONLINE_MIGRATE_TEST_EXAMPLES says how many are tried, chosen anew each time; otherwise a few that are always the same.
"""

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql

from online_migrate.catalog import read as catalog_reader
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess
from tests.risk.combinations import COMMON, DECORATIONS, SHAPES, STATEMENTS, TIME_ZONES
from tests.risk.observe import observe

EXAMPLES = os.environ.get("ONLINE_MIGRATE_TEST_EXAMPLES")
FEW = 25
EMPTY = "DROP PUBLICATION IF EXISTS changes; DROP SCHEMA public CASCADE; CREATE SCHEMA public"

Situation = tuple[str, list[str], str, str]
situations = st.tuples(
    st.sampled_from(sorted(SHAPES)),
    st.lists(st.sampled_from(DECORATIONS), max_size=8, unique=True),
    st.sampled_from(TIME_ZONES),
    st.sampled_from(STATEMENTS),
)


@pytest.fixture(scope="module")
def playground(server_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a database in which schemas are made and dropped."""
    name = f"combinations_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SET client_min_messages = error; CREATE EXTENSION citext SCHEMA pg_catalog")
                yield connection
        finally:
            administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_server_agrees(playground: psycopg.Connection, record_property: Callable[[str, object], None]) -> None:
    confirmed: set[tuple[str, frozenset[str], str, str]] = set()

    @settings(
        max_examples=int(EXAMPLES or FEW),
        derandomize=EXAMPLES is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(situations)
    def check(situation: Situation) -> None:
        if _agrees(playground, situation):
            shape, decorations, zone, statement = situation
            confirmed.add((shape, frozenset(decorations), zone, statement))

    check()
    # Counted by `make matrix`.
    record_property("generated", len(confirmed))
    assert confirmed


def _agrees(connection: psycopg.Connection, situation: Situation) -> bool:
    """Whether the server ran the statement, as the assessor had said; one that it refuses says nothing."""
    shape, decorations, zone, statement = situation
    connection.execute(EMPTY)
    connection.execute("SELECT set_config('timezone', %s, false)", [zone])
    connection.execute(COMMON.encode())
    connection.execute(SHAPES[shape].encode())
    for decoration in decorations:
        _try(connection, decoration)
    catalog = catalog_reader.read(connection)
    said = assess(read(statement, resolver(catalog, ("public",))), catalog, Policy())
    try:
        done = observe(connection, statement)
    except psycopg.Error:
        return False
    told = ({lock.relation.name: str(lock.mode) for lock in said.locks}, said.rewrites, said.scans)
    seen = ({name.name: str(mode) for name, mode in done.locks.items()}, done.rewrites, done.scans)
    assert told == seen, f"locks, rewrites, scans: said {told}, done {seen}"
    return True


def _try(connection: psycopg.Connection, decoration: str) -> None:
    """Add to the schema what its shape can have."""
    try:
        with connection.transaction():
            connection.execute(decoration.encode())
    except psycopg.Error:
        return
