"""Runs the doctor's fixed SQL."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from online_migrate.execution.queries import query

Row = dict[str, Any]


def rows(connection: psycopg.Connection, name: str, **values: object) -> list[Row]:
    """Return what sql/doctor/<name>.sql finds."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(f"doctor/{name}"), values or None).fetchall()


def relation(row: Row) -> str:
    """Return "schema.name" of a row."""
    return f"{row['schema']}.{row['name']}"
