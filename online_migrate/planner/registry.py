"""Finds the strategy for a kind of operation: the package's own modules, and those that others add."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from online_migrate.strategies.interface import Strategy

ENTRY_POINTS = "online_migrate.strategies"

BUILT_IN = (
    "add_column",
    "drop_column",
    "create_index",
    "drop_index",
    "foreign_key",
    "check",
    "unique",
    "set_not_null",
    "create_table",
    "update",
    "delete",
    "insert",
    "primary_key",
    "drop_table",
    "identity",
    "rename_column",
    "rename_table",
    "alter_type",
    "exchange_type",
    "attach_partition",
    "detach_partition",
    "create_partition",
    "reindex",
    "refresh_materialized_view",
    "rename_enum_value",
    "rename_type",
    "rename_sequence",
    "rename_schema",
    "rename_function",
)


@cache
def strategies() -> Mapping[str, tuple[tuple[str, Strategy], ...]]:
    """Return kind of operation to (name, strategy) of all that serve it, in the order in which they are asked.

    Of a kind with many forms (ALTER TABLE) each module serves some and returns None for the others. Entry points of
    other packages are asked before our own modules.
    """
    found: dict[str, tuple[tuple[str, Strategy], ...]] = {}
    loaded = [(entry.name, cast(Strategy, entry.load())) for entry in entry_points(group=ENTRY_POINTS)]
    ours = [(name, cast(Strategy, import_module(f"online_migrate.strategies.{name}"))) for name in BUILT_IN]
    for name, strategy in (*loaded, *ours):
        for kind in strategy.KINDS:
            found[kind] = (*found.get(kind, ()), (name, strategy))
    return MappingProxyType(found)
