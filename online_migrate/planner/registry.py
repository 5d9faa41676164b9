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
    "rename_column",
    "alter_type",
)


@cache
def strategies() -> Mapping[str, tuple[str, Strategy]]:
    """Return kind of operation to (name, strategy). Entry points of other packages win over our own modules."""
    found: dict[str, tuple[str, Strategy]] = {}
    for name in BUILT_IN:
        module = cast(Strategy, import_module(f"online_migrate.strategies.{name}"))
        found.update(dict.fromkeys(module.KINDS, (name, module)))
    for entry_point in entry_points(group=ENTRY_POINTS):
        strategy = cast(Strategy, entry_point.load())
        found.update(dict.fromkeys(strategy.KINDS, (entry_point.name, strategy)))
    return MappingProxyType(found)
