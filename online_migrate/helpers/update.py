"""The UPDATE that a backfill is, from SQL strings, SQLAlchemy expressions and plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from online_migrate.errors import HelperMisused, SqlSyntaxError
from online_migrate.grammar.compose import Expression, compose_expression

PLAIN = (bool, int, float, Decimal, datetime, date, time, UUID, type(None))
"""Values that are taken as they are; a string is SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The table whose rows change, and the dialect that its SQL is of."""

    table: str
    schema: str | None
    dialect: str


def update(target: Target, set_: Mapping[str, Any], where: Any) -> sa.Update:
    """Return the statement; columns of a model or of another Table of that name are taken for the target's.

    Raises:
        HelperMisused: a value is neither SQL nor an expression nor a plain value, or its SQL is not one expression.
    """
    values = {column: _element(target, value, f"set_[{column!r}]") for column, value in set_.items()}
    chosen = None if where is None else _element(target, where, "where")
    elements = [*values.values(), *([] if chosen is None else [chosen])]
    mentioned = {found.name for element in elements for found in _within(element) if _is_of(target, found)}
    table = sa.table(target.table, *map(sa.column, sorted({*values, *mentioned})), schema=target.schema)
    statement = sa.update(table).values({name: _on(target, table, element) for name, element in values.items()})
    return statement if chosen is None else statement.where(_on(target, table, chosen))


def condition(target: Target, table: sa.TableClause, where: Any) -> sa.ColumnElement[Any] | None:
    """Return the condition on the rows of a table; None where all are meant. Raises as `update` does."""
    return None if where is None else _on(target, table, _element(target, where, "where"))


def _element(target: Target, value: Any, place: str) -> sa.ColumnElement[Any]:
    if isinstance(value, str):
        return sa.literal_column(_one_expression(target, value, place))
    if hasattr(value, "__clause_element__"):
        value = value.__clause_element__()
    if isinstance(value, sa.TextClause):
        return sa.literal_column(_one_expression(target, str(value), place))
    if isinstance(value, sa.Select):
        value = value.scalar_subquery()
    if isinstance(value, sa.ColumnElement):
        return value
    if isinstance(value, PLAIN):
        return sa.null() if value is None else sa.literal(value)
    if callable(value):
        raise HelperMisused(f"backfill: {place} is a function.", hint="Give it as compute=, with columns= and reads=.")
    raise HelperMisused(
        f"backfill: {place} is of type {type(value).__name__}.",
        hint="Give SQL as a string, an SQLAlchemy expression, or a number, truth value, date or UUID.",
    )


def _one_expression(target: Target, sql: str, place: str) -> str:
    """Return the SQL of one expression; on PostgreSQL its grammar says whether it is one, and writes it anew."""
    if target.dialect != "postgresql":
        return sql
    try:
        return compose_expression("{given}", given=Expression(sql))
    except SqlSyntaxError as error:
        raise HelperMisused(
            f"backfill: {place} is not one SQL expression: {sql!r}",
            hint=f"{error.message}. A text constant needs quotes of its own: \"'text'\".",
        ) from None


def _on(target: Target, table: sa.TableClause, element: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the expression on the rows of the statement's own table."""

    def own(found: Any, **_options: object) -> Any:
        if _is_of(target, found):
            return table.c[found.name] if found.name in table.c else sa.column(found.name, found.type)
        return table if _is_table(target, found) else None

    replace: Any = visitors.replacement_traverse
    replaced: sa.ColumnElement[Any] = replace(element, {}, own)
    return replaced


def _within(element: sa.ColumnElement[Any]) -> Iterator[Any]:
    return visitors.iterate(element)


def _is_of(target: Target, found: Any) -> bool:
    return isinstance(found, sa.ColumnClause) and _is_table(target, found.table)


def _is_table(target: Target, found: Any) -> bool:
    return isinstance(found, sa.TableClause) and (found.name, found.schema) == (target.table, target.schema)
