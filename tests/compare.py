"""Whether two databases are the same: the schema from the catalog, the rows by checksum, the order of columns aside."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

Schema = dict[str, dict[str, Any]]
"""Object ("column public.users.email") to all there is to say about it."""
Rows = dict[str, tuple[int, int]]
"""Table ("public.users") to its number of rows and a checksum that the order of rows and columns does not change."""

_TABLES = """
    SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'online_migrate')
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def schema(connection: psycopg.Connection) -> Schema:
    """Return everything a migration can make in this database, except the schema online_migrate."""
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SET LOCAL search_path = pg_catalog")  # so that every name comes out with its schema
        cursor.execute(Path(__file__).with_suffix(".sql").read_bytes())
        return dict(cursor.fetchall())


def rows(connection: psycopg.Connection, *, ignore: Collection[str] = ()) -> Rows:
    """Return number and checksum of the rows of every table.

    Args:
        ignore: columns ("public.users.token") whose values cannot be equal, such as those of a volatile default.
    """
    found: Rows = {}
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        for space, table, columns in _tables(connection, ignore):
            statement = sql.SQL(
                "SELECT count(*), coalesce(sum(hashtextextended(ROW({columns})::text, 0)), 0) FROM ONLY {table}"
            )
            cursor.execute(statement.format(columns=_names(columns), table=sql.Identifier(space, table)))
            number, checksum = cursor.fetchone() or (0, 0)
            found[f"{space}.{table}"] = (number, int(checksum))
    return found


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Return one line per difference between two schemas, or between the rows of two databases."""
    lines = [f"only in the first: {name} {a[name]}" for name in sorted(a.keys() - b.keys())]
    lines += [f"only in the second: {name} {b[name]}" for name in sorted(b.keys() - a.keys())]
    for name in sorted(a.keys() & b.keys()):
        one, other = a[name], b[name]
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            facts = [key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)]
            lines += [
                f"{name}: {key}: {one.get(key)!r} in the first, {other.get(key)!r} in the second" for key in facts
            ]
        else:
            lines.append(f"{name}: {one} in the first, {other} in the second")
    return lines


def assert_same(a: psycopg.Connection, b: psycopg.Connection, *, ignore: Collection[str] = ()) -> None:
    """Fail, saying what differs, unless both databases hold the same schema and the same rows."""
    found = differences(schema(a), schema(b))
    if not found:
        one, other = rows(a, ignore=ignore), rows(b, ignore=ignore)
        found = differences(one, other)
        found += [
            line for table in sorted(one) if one[table] != other.get(table) for line in examples(a, b, table, ignore)
        ]
    assert not found, "\n".join(["The databases differ:", *found])


def _tables(connection: psycopg.Connection, ignore: Collection[str]) -> list[tuple[str, str, list[str]]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return [
            (space, table, [column for column in columns if f"{space}.{table}.{column}" not in ignore])
            for space, table, columns in cursor.execute(_TABLES).fetchall()
        ]


def _names(columns: Collection[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def examples(
    a: psycopg.Connection, b: psycopg.Connection, table: str, ignore: Collection[str] = (), most: int = 3
) -> Iterator[str]:
    """Show a few rows that only one of the two databases has."""
    texts = []
    for connection in (a, b):
        space, name, columns = next(found for found in _tables(connection, ignore) if f"{found[0]}.{found[1]}" == table)
        query = sql.SQL("SELECT to_jsonb(r)::text FROM (SELECT {columns} FROM ONLY {table}) r")
        with connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(query.format(columns=_names(columns), table=sql.Identifier(space, name)))
            texts.append({text for (text,) in cursor.fetchall()})
    for side, only in zip(("first", "second"), (texts[0] - texts[1], texts[1] - texts[0]), strict=True):
        yield from (f"  {table}, only in the {side}: {text}" for text in sorted(only)[:most])
