"""Puts the recorder behind SQLAlchemy, Alembic and the driver. Only for the isolated process, which ends afterwards."""

import sys
from collections.abc import Callable
from typing import Any

import psycopg
from alembic.operations.batch import BatchOperationsImpl
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg
from sqlalchemy.engine import CursorResult
from sqlalchemy.pool import Pool

from online_migrate.sources.place import Place
from online_migrate.sources.recorder import Recorder
from online_migrate.sources.records import schemas_text

_ABOUT_ONE_TABLE = (
    "get_check_constraints",
    "get_columns",
    "get_foreign_keys",
    "get_indexes",
    "get_pk_constraint",
    "get_table_comment",
    "get_table_oid",
    "get_table_options",
    "get_unique_constraints",
    "get_view_definition",
)
_EXISTENCE = {"has_table": "relation", "has_sequence": "relation", "has_type": "type"}


def install(recorder: Recorder, *, search_path: list[str] | None = None) -> None:
    """Let every engine of this process go through the recorder.

    Args:
        recorder: what takes the statements.
        search_path: schemas to set on every new connection (of a scratch copy).
    """
    _watch_statements(recorder)
    _prepare_connections(recorder, search_path)
    _refuse_connections(recorder)
    _watch_inspection(recorder)
    _watch_results(recorder)
    _watch_batches(recorder)
    sys.addaudithook(_guard(recorder))


def _watch_statements(recorder: Recorder) -> None:
    def one(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        return recorder.handle(cursor, statement, (parameters,), context)

    def many(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        return recorder.handle(cursor, statement, parameters, context)

    def bare(cursor: Any, statement: str, context: Any) -> bool:
        return recorder.handle(cursor, statement, (None,), context)

    event.listen(Engine, "do_execute", one)
    event.listen(Engine, "do_executemany", many)
    event.listen(Engine, "do_execute_no_params", bare)


def _prepare_connections(recorder: Recorder, search_path: list[str] | None) -> None:
    """Make live connections read-only per transaction, which is safe behind a pooler, unlike a session setting."""

    path = None if search_path is None else schemas_text(search_path)

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, *arguments: Any, **options: Any) -> Any:
            if not recorder.driver_may_execute():
                raise recorder.uncaptured("it uses the driver's cursor directly")
            return super().execute(*arguments, **options)

    def connected(connection: Any, _record: object) -> None:
        if recorder.mode == "live":
            connection.set_read_only(True)
        else:
            connection.set_autocommit(True)
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = Cursor
        if path is not None:
            connection.cursor().execute("SELECT set_config('search_path', %s, false)", (path,))

    event.listen(Pool, "connect", connected)


def _refuse_connections(recorder: Recorder) -> None:
    def isolation(*_arguments: object) -> None:
        """AUTOCOMMIT would end the read-only transactions of a live connection."""

    def connecting(*_arguments: object) -> None:
        if recorder.recording:
            raise recorder.uncaptured("it opens a database connection of its own")

    event.listen(Engine, "do_connect", connecting)
    for dialect in (PGDialect_psycopg, PGDialectAsync_psycopg):
        dialect.set_isolation_level = isolation  # type: ignore[method-assign]


def _watch_inspection(recorder: Recorder) -> None:
    """Tell the recorder which object SQLAlchemy's own catalog queries are about."""
    for name in (*_ABOUT_ONE_TABLE, *_EXISTENCE):
        setattr(PGDialect, name, _named(recorder, getattr(PGDialect, name), _EXISTENCE.get(name)))


def _named(recorder: Recorder, ask: Callable[..., Any], existence: str | None) -> Callable[..., Any]:
    def asked(self: Any, connection: Any, name: str, schema: str | None = None, **options: Any) -> Any:
        if existence and recorder.recording_live and (existence, schema, str(name)) in recorder.history.created:
            return True
        recorder.named = str(name)
        try:
            return ask(self, connection, name, schema, **options)
        finally:
            recorder.named = None

    return asked


def _watch_results(recorder: Recorder) -> None:
    """Refuse the row count and the new keys of statements that were recorded and not run."""
    for name in ("rowcount", "inserted_primary_key_rows", "inserted_primary_key"):
        setattr(CursorResult, name, property(_refused(recorder, getattr(CursorResult, name), name)))


def _refused(recorder: Recorder, original: Any, name: str) -> Callable[[Any], Any]:
    def value(result: Any) -> Any:
        # SQLAlchemy before 2.0.28 reads the row count of every statement itself.
        asking = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 - the documented way to know the caller
        if recorder.recording and asking != "sqlalchemy.engine.default":
            raise recorder.uncaptured(f"it uses the {name} of a statement that changes rows")
        return original.__get__(result, type(result))

    return value


class _Batch(list[Any]):
    """The operations of a batch, each with the line on which it was written."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._places: list[Place] = []

    def append(self, operation: Any) -> None:
        super().append(operation)
        self._places.append(self._recorder.place())

    def __iter__(self) -> Any:
        for operation, place in zip(super().__iter__(), self._places, strict=True):
            self._recorder.pinned = place
            yield operation
            self._recorder.pinned = None


def _watch_batches(recorder: Recorder) -> None:
    initialise: Callable[..., None] = BatchOperationsImpl.__init__

    def watched(self: Any, *arguments: Any, **options: Any) -> None:
        initialise(self, *arguments, **options)
        self.batch = _Batch(recorder)

    BatchOperationsImpl.__init__ = watched  # type: ignore[method-assign]


def _guard(recorder: Recorder) -> Callable[[str, tuple[Any, ...]], None]:
    """Refuse what reaches out of the process while a revision is recorded."""
    reasons = {
        "socket.connect": "it opens a network connection",
        "subprocess.Popen": "it starts another program",
        "os.system": "it starts another program",
    }

    def audit(name: str, _arguments: tuple[Any, ...]) -> None:
        if name in reasons and recorder.recording:
            raise recorder.uncaptured(reasons[name])

    return audit
