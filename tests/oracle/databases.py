"""Pairs of empty databases, quickly: copies of a template that has a journal."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateObject, UniqueViolation

from online_migrate.execution import schema
from tests.differential.scenario import Pair

ROLE = "oracle_reader"


class Databases:
    """Makes pairs on one server; the template is dropped at the end."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._template = f"oracle_template_{os.getpid()}"
        self._numbers = itertools.count(1)

    def __enter__(self) -> "Databases":
        self._run("CREATE DATABASE {} TEMPLATE template0", self._template)
        with psycopg.connect(self._url(self._template), autocommit=True) as connection:
            # Roles belong to the server: another worker may make it at this moment.
            with suppress(DuplicateObject, UniqueViolation):
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(ROLE)))
            schema.install(connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", self._template)

    @contextmanager
    def one(self) -> Iterator[psycopg.Connection]:
        """Connect to an empty database, dropped at the end."""
        name = self._create()
        try:
            with psycopg.connect(self._url(name), autocommit=True) as connection:
                yield connection
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def pair(self) -> Iterator[Pair]:
        """Connect to two empty databases, dropped at the end."""
        with self.one() as naive, self.one() as online:
            yield Pair(naive=naive, online=online, url=self._url(online.info.dbname))

    def _create(self) -> str:
        name = f"oracle_{os.getpid()}_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self._template)
        return name

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self._server_url)._replace(path=f"/{name}"))

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
