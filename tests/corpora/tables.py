"""What the row filler knows of the tables, read from the catalog."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that takes values: not a generated one."""

    name: str
    number: int
    type: str
    element: str | None
    length: int | None
    digits: int | None
    labels: tuple[str, ...]
    not_null: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns (by number) that hold a key of the parent table."""

    columns: tuple[int, ...]
    parent: int
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A condition on these columns, in PostgreSQL's own words."""

    columns: tuple[int, ...]
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table and what its rows must comply with; `unique_keys` are column numbers, 0 for an expression."""

    oid: int
    schema: str
    name: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...]
    checks: tuple[Check, ...]
    unique_keys: tuple[tuple[int, ...], ...]

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def read(connection: psycopg.Connection) -> list[Table]:
    """Return every table of the database, parents before children; a cycle is broken at its alphabetical start."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(Path(__file__).with_name("tables.sql").read_bytes()).fetchall()
    waiting = [_table(row) for row in rows]
    ordered: list[Table] = []
    while waiting:
        unplaced = {table.oid for table in waiting}
        ready = [
            table
            for table in waiting
            if not any(key.parent in unplaced and key.parent != table.oid for key in table.foreign_keys)
        ]
        placed = ready or waiting[:1]
        ordered += placed
        waiting = [table for table in waiting if table not in placed]
    return ordered


def _table(row: dict[str, Any]) -> Table:
    return Table(
        oid=row["oid"],
        schema=row["schema"],
        name=row["name"],
        columns=tuple(Column(**{**column, "labels": tuple(column["labels"] or ())}) for column in row["columns"] or ()),
        foreign_keys=tuple(
            ForeignKey(columns=tuple(key["columns"]), parent=key["parent"], parent_columns=tuple(key["parent_columns"]))
            for key in row["foreign_keys"]
        ),
        checks=tuple(
            Check(columns=tuple(check["columns"] or ()), expression=check["expression"]) for check in row["checks"]
        ),
        unique_keys=tuple(tuple(key) for key in row["unique_keys"]),
    )
