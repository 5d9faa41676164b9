"""Zero-downtime online schema changes for SQLAlchemy, Alembic and PostgreSQL.

The names below are for migration scripts: `from online_migrate import backfill`. Each is imported when it is first
asked for, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from online_migrate.helpers.backfill import backfill
    from online_migrate.helpers.directives import (
        add_check,
        add_column,
        add_foreign_key,
        add_unique,
        create_index,
        drop_index,
        set_not_null,
    )

__version__ = "0.1.0"
__all__ = [
    "add_check",
    "add_column",
    "add_foreign_key",
    "add_unique",
    "backfill",
    "create_index",
    "drop_index",
    "set_not_null",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "backfill" if name == "backfill" else "directives"
    return getattr(import_module(f"online_migrate.helpers.{module}"), name)
