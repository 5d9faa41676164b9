"""A directive of Alembic's as the SQL that it would run on PostgreSQL."""

from collections.abc import Callable
from typing import Any

from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import DDLElement


def statements_of(context: MigrationContext, operation: MigrateOperation) -> tuple[str, ...]:
    """Return the statements of an operation, values written as literals; names follow the models' conventions.

    Args:
        context: of the migration that is run; its `target_metadata` has the naming convention.
    """
    written: list[str] = []
    # "named": in the other styles of parameters a percent sign would come out doubled.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call, unused-ignore]
    mock: Any = MockConnection(dialect, _writer(dialect, written))
    options = {"target_metadata": context.opts.get("target_metadata"), "transactional_ddl": False}
    Operations(MigrationContext(dialect, mock, options)).invoke(operation)
    return tuple(written)


def _writer(dialect: Any, written: list[str]) -> Callable[..., None]:
    def write(element: Any, _parameters: object) -> None:
        literals = {} if isinstance(element, DDLElement) else {"literal_binds": True}
        written.append(str(element.compile(dialect=dialect, compile_kwargs=literals)).strip())

    return write
