"""The value a model gives a new column in Python. Only for the isolated process."""

import json
from collections.abc import Sequence
from typing import Any

from alembic.ddl.base import AddColumn
from sqlalchemy import JSON, Column, MetaData, literal
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import CompileError, StatementError


def python_default(context: ExecutionContext | None, target_metadata: Any) -> str | None:
    """Return the default of the column that an ADD COLUMN adds, as an SQL literal.

    Only scalars count, of columns that are NOT NULL and have no server default: first the revision's own
    `sa.Column(default=...)`, then the model's. A callable (uuid4, utcnow) gives every row another value: None.
    """
    compiled: Any = context.compiled if context is not None else None
    statement = getattr(compiled, "statement", None)
    if not isinstance(statement, AddColumn):
        return None
    added: Column[Any] = statement.column
    if added.nullable or added.server_default is not None or added.computed is not None or added.identity is not None:
        return None
    table = f"{statement.schema}.{statement.table_name}" if statement.schema else str(statement.table_name)
    for column in (added, _of_model(str(table), added.name, target_metadata)):
        default: Any = column.default if column is not None else None
        if default is not None and default.is_scalar:
            return _literal(default.arg, column)
    return None


def _of_model(table: str, column: str, target_metadata: Any) -> "Column[Any] | None":
    given = target_metadata if isinstance(target_metadata, Sequence) else (target_metadata,)
    for metadata in given:
        if isinstance(metadata, MetaData) and table in metadata.tables and column in metadata.tables[table].c:
            return metadata.tables[table].c[column]
    return None


def _literal(value: Any, column: "Column[Any] | None") -> str | None:
    assert column is not None
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call, unused-ignore]
    given = literal(json.dumps(value)) if isinstance(column.type, JSON) else literal(value, column.type)
    try:
        compiled = given.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    except (CompileError, StatementError):
        return None  # a type that cannot be written as a literal; the planner then asks the user for a value
    return str(compiled)
