"""Lets no connection pass but those that SQLAlchemy opens, and these only to read. Only for the isolated process.

A revision, env.py or a module that they import may open connections as it likes: with an engine of its own, with a
session of the application, or with a driver. Each way comes through here.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec
from typing import Any

import psycopg
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.default import DefaultDialect

from online_migrate.errors import ProjectInvalid
from online_migrate.sources.drivers import BACKENDS, not_postgresql
from online_migrate.sources.place import foreign_place
from online_migrate.sources.recorder import Recorder
from online_migrate.sources.records import schemas_text

_OPENING = {
    "asyncpg.connection": ("connect",),
    "pg8000.core": ("CoreConnection.__init__",),
    "psycopg": ("connect", "Connection.connect", "AsyncConnection.connect"),
    "psycopg2": ("connect",),
}
"""What opens a connection, by the module that has it."""

_WITHOUT_STATEMENT = ("callproc", "copy", "copy_expert", "copy_from", "copy_to")


class Connections:
    """The watch over every connection of this process."""

    def __init__(self, recorder: Recorder, search_path: list[str] | None) -> None:
        self._recorder = recorder
        self._path = None if search_path is None else schemas_text(search_path)
        self._expected = False

    def watch(self) -> None:
        """Start watching: before anything of the user's is imported."""
        for cursor in (psycopg.Cursor, psycopg.AsyncCursor, psycopg.ServerCursor, psycopg.AsyncServerCursor):
            for name in ("execute", "executemany", "stream", "copy"):
                if name in vars(cursor):
                    setattr(cursor, name, self._watched(getattr(cursor, name)))
        connect = DefaultDialect.connect

        def connect_and_prepare(dialect: Any, *arguments: Any, **options: Any) -> Any:
            if self._recorder.recording:
                raise self._recorder.uncaptured("it opens a database connection of its own")
            if dialect.name not in BACKENDS:
                raise not_postgresql(dialect.name)
            if dialect.driver == "psycopg2":
                options["connection_factory"] = self._watched_connection(options.get("connection_factory"))
            with self.expected():
                connection = connect(dialect, *arguments, **options)
            self._prepare(connection)
            return connection

        DefaultDialect.connect = connect_and_prepare  # type: ignore[assignment, method-assign]
        _keep_isolation()
        for module, names in _OPENING.items():
            if module in sys.modules:
                self._refuse(sys.modules[module], names)
        sys.meta_path.insert(0, _WhenImported(self._refuse))

    @contextmanager
    def expected(self) -> Iterator[None]:
        """Let connections through that are opened inside the block."""
        before, self._expected = self._expected, True
        try:
            yield
        finally:
            self._expected = before

    def _prepare(self, connection: Any) -> None:
        """Make the transactions of a live connection read-only; a session's setting would leak behind a pooler."""
        if self._recorder.mode == "live":
            if hasattr(connection, "set_read_only"):
                connection.set_read_only(True)
            else:
                connection.set_session(readonly=True)
        elif hasattr(connection, "set_autocommit"):
            connection.set_autocommit(True)
        else:
            connection.autocommit = True
        if self._path is not None:
            connection.cursor().execute("SELECT set_config('search_path', %s, false)", (self._path,))

    def _refuse(self, module: Any, names: Sequence[str]) -> None:
        for name in names:
            *path, last = name.split(".")
            holder = module
            for step in path:
                holder = getattr(holder, step)
            given = vars(holder)[last]
            refused = self._only_expected(given.__func__ if isinstance(given, classmethod) else given)
            setattr(holder, last, classmethod(refused) if isinstance(given, classmethod) else refused)

    def _only_expected(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(*arguments: Any, **options: Any) -> Any:
            if self._expected:
                return original(*arguments, **options)
            if self._recorder.in_revision:
                raise self._recorder.uncaptured("it opens a database connection of its own")
            raise ProjectInvalid(
                f"{foreign_place()} opens a database connection with the driver, which cannot be watched.",
                hint="Let it go through SQLAlchemy, or not be opened when migrations are loaded.",
            )

        return connect

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return a cursor's method that asks the recorder first. An asynchronous one is only called, not awaited."""
        name = original.__name__

        def method(cursor: Any, statement: Any, *arguments: Any, **options: Any) -> Any:
            parameters = arguments[0] if arguments else options.get("params", options.get("vars"))
            if name in _WITHOUT_STATEMENT:
                self._recorder.driver_copies()
                return original(cursor, statement, *arguments, **options)
            instead = self._recorder.driver_executes(cursor, statement, parameters, many=name == "executemany")
            if instead is None:
                return original(cursor, statement, *arguments, **options)
            if name == "executemany":
                return cursor.execute(instead)
            return original(cursor, instead)

        return method

    def _watched_connection(self, factory: Any) -> Any:
        """Return a class of psycopg2's connections, which take the class of a cursor as an argument."""
        from psycopg2.extensions import connection, cursor  # noqa: PLC0415 - only where env.py uses psycopg2

        @cache
        def watching(base: Any) -> Any:
            names = ("execute", "executemany", *_WITHOUT_STATEMENT)
            methods = {name: self._watched(getattr(base, name)) for name in names if hasattr(base, name)}
            return type("Watching", (base,), methods)

        class Watched(factory or connection):  # type: ignore[misc]
            def cursor(self, name: Any = None, cursor_factory: Any = None, **options: Any) -> Any:
                base = cursor_factory or self.cursor_factory or cursor
                return super().cursor(name, cursor_factory=watching(base), **options)

        return Watched


class _WhenImported:
    """Changes a driver when the user's code imports it: importing each of them always would take time."""

    def __init__(self, refuse: Callable[[Any, Sequence[str]], None]) -> None:
        self._refuse = refuse
        self._looking = False

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name not in _OPENING or self._looking:
            return None
        self._looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            self._refuse(module, _OPENING[name])

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _keep_isolation() -> None:
    """Leave every connection as it was prepared.

    AUTOCOMMIT would end the read-only transactions of a live connection, PREPARE TRANSACTION leave something behind.
    """

    def nothing(*_arguments: object, **_options: object) -> None:
        pass

    def ended(_dialect: Any, connection: Any, *_arguments: object, **_options: object) -> None:
        connection.connection.rollback()

    waiting: list[type] = [PGDialect]
    while waiting:
        dialect = waiting.pop()
        waiting += dialect.__subclasses__()
        for name in ("set_isolation_level", "do_begin_twophase", "do_prepare_twophase"):
            setattr(dialect, name, nothing)
        for name in ("do_commit_twophase", "do_rollback_twophase"):
            setattr(dialect, name, ended)
