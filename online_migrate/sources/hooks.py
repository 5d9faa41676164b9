"""Puts the recorder behind SQLAlchemy, Alembic and the driver. Only for the isolated process, which ends afterwards."""

import os
import sys
from collections.abc import Callable
from typing import Any

from alembic.operations.batch import BatchOperationsImpl
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import CursorResult

from online_migrate.sources.connections import Connections
from online_migrate.sources.place import Place
from online_migrate.sources.recorder import Recorder

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
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_EXISTENCE = {"has_table": "relation", "has_sequence": "relation", "has_type": "type"}


def install(recorder: Recorder, *, search_path: list[str] | None = None) -> Connections:
    """Let every engine of this process go through the recorder.

    Args:
        recorder: what takes the statements.
        search_path: schemas to set on every new connection (of a scratch copy).
    """
    connections = Connections(recorder, search_path)
    connections.watch()
    _watch_statements(recorder)
    _watch_inspection(recorder)
    _watch_results(recorder)
    _watch_batches(recorder)
    sys.addaudithook(_guard(recorder))
    return connections


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
        if recorder.recording_live and name == "rowcount" and not asking.startswith("sqlalchemy."):
            recorder.give_rows("the number of rows that a statement changes")
            return recorder.unknown()
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


_REACHING_OUT = {
    "os.exec": "it starts another program",
    "os.posix_spawn": "it starts another program",
    "os.remove": "it removes a file",
    "os.rename": "it renames a file",
    "os.rmdir": "it removes a directory",
    "os.system": "it starts another program",
    "shutil.rmtree": "it removes a directory",
    "socket.connect": "it opens a network connection",
    "subprocess.Popen": "it starts another program",
}


def _guard(recorder: Recorder) -> Callable[[str, tuple[Any, ...]], None]:
    """Refuse what reaches out of the process while a revision is run."""

    def audit(name: str, arguments: tuple[Any, ...]) -> None:
        if not recorder.in_revision:
            return
        if name in _REACHING_OUT and not _is_bytecode(arguments):
            raise recorder.uncaptured(_REACHING_OUT[name])
        # A number is a file that is open already, and was asked about by its name.
        opens = name == "open" and not isinstance(arguments[0], int)
        if opens and arguments[2] & _WRITING and not _is_bytecode(arguments):
            raise recorder.uncaptured("it writes a file")

    return audit


def _is_bytecode(arguments: tuple[Any, ...]) -> bool:
    """Python itself keeps what it has compiled when a module is imported."""
    return bool(arguments) and ".pyc" in str(arguments[0])
