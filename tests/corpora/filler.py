"""Fills every table with plausible rows, the same in both databases."""

import random
from collections import defaultdict
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from tests.corpora import values
from tests.corpora.corpus import Corpus
from tests.corpora.tables import Column, ForeignKey, Table, read

PARENTS_MAX = 5000
NULLS = 0.1
Keys = list[tuple[str, ...]]

CANDIDATES = sql.SQL("CREATE TEMP TABLE {} (LIKE {table} INCLUDING GENERATED) ON COMMIT DROP")
KEEP = sql.SQL("""
    WITH kept AS (
        INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM candidates WHERE {condition}
        ON CONFLICT DO NOTHING RETURNING {columns}
    )
    INSERT INTO kept_rows ({columns}) SELECT {columns} FROM kept
""")
PARENT = """
    SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s
"""
SEQUENCES = """
    SELECT format('SELECT setval(%L, coalesce(max(%I), 0) + 1, false) FROM %I.%I',
                  s.oid::regclass, a.attname, n.nspname, c.relname)
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND c.relkind IN ('r', 'p') ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfilled:
    """A table that has no rows for a revision, and why."""

    table: str
    reason: str


class Filler:
    """Keeps every table filled while the history goes on: a table that is new, changed or empty gets rows.

    Args:
        rows: how many a table gets at first; a tenth of that when its columns have changed.
    """

    def __init__(self, corpus: Corpus, *, rows: int) -> None:
        self.corpus = corpus
        self.rows = rows
        self._numbers: defaultdict[str, int] = defaultdict(lambda: 1)
        self._shapes: dict[str, frozenset[Column]] = {}

    def fill(self, first: psycopg.Connection, second: psycopg.Connection) -> list[Unfilled]:
        """Fill the first database by its catalog and copy the same rows into the second; return what has no rows."""
        known = read(first)
        tables = [self._with_references(table, known) for table in known if table.name not in self.corpus.left_empty]
        unfilled = []
        for table in tables:
            shape = frozenset(table.columns)
            found = first.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table.identifier)).fetchone()
            empty = found is None or not found[0]
            if not empty and self._shapes.get(table.name) == shape:
                continue
            self._shapes[table.name] = shape
            wanted = self.rows if empty else max(self.rows // 10, 1)
            try:
                added = self._fill(first, second, table, wanted)
            except psycopg.Error as error:
                unfilled.append(Unfilled(table=table.name, reason=str(error).splitlines()[0]))
                continue
            if not added and empty:
                unfilled.append(Unfilled(table=table.name, reason="no candidate row complied with its constraints"))
        for connection in (first, second):
            for (statement,) in connection.execute(SEQUENCES).fetchall():
                connection.execute(statement)
        return unfilled

    def _fill(self, first: psycopg.Connection, second: psycopg.Connection, table: Table, wanted: int) -> int:
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        condition = sql.SQL(" AND ").join([sql.SQL("true"), *(_holds(check.expression) for check in table.checks)])
        names = {"table": table.identifier, "columns": columns}
        with first.transaction(), second.transaction():
            for name in ("candidates", "kept_rows"):
                first.execute(CANDIDATES.format(sql.Identifier(name), **names))
            kept = 0
            for _ in range(4):
                first.execute("TRUNCATE candidates")
                candidates = self._candidates(first, table, wanted)
                with first.cursor().copy(sql.SQL("COPY candidates ({columns}) FROM STDIN").format(**names)) as copy:
                    for row in candidates:
                        copy.write_row(row)
                kept += first.execute(KEEP.format(condition=condition, **names)).rowcount
                if kept * 2 >= wanted:
                    break
            source = sql.SQL("COPY (SELECT {columns} FROM kept_rows) TO STDOUT").format(**names)
            target = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(**names)
            with first.cursor().copy(source) as reading, second.cursor().copy(target) as writing:
                for block in reading:
                    writing.write(block)
        return kept

    def _candidates(self, connection: psycopg.Connection, table: Table, wanted: int) -> list[tuple[str | None, ...]]:
        """Make rows; those that break a check or repeat a key are dropped by the database."""
        start = self._numbers[table.name]
        self._numbers[table.name] += wanted
        draw = random.Random(f"{self.corpus.name} {table.name} {start}")
        parents = [(key, _keys(connection, key)) for key in sorted(table.foreign_keys, key=lambda k: -len(k.columns))]
        distinct = {number for key in table.unique_keys for number in key}
        nullable = {column.number for column in table.columns if self._may_be_null(table, column)}
        literals = {column.number: values.choices(column, table.checks) for column in table.columns}
        rows = []
        for number in range(start, start + wanted):
            keys = _parents(nullable, parents, number, draw)
            if keys is None:
                continue
            row: list[str | None] = []
            for column in table.columns:
                if column.number in keys:
                    row.append(keys[column.number])
                elif column.number in nullable and draw.random() < NULLS:
                    row.append(None)
                elif texts := self.corpus.texts.get(f"{table.name}.{column.name}"):
                    row.append(draw.choice(texts))
                elif literals[column.number] and draw.random() < 0.95:
                    row.append(draw.choice(literals[column.number]))
                else:
                    row.append(values.value(column, number, draw, distinct=column.number in distinct))
            rows.append(tuple(row))
        return rows

    def _with_references(self, table: Table, tables: list[Table]) -> Table:
        """Add the foreign keys that only the corpus knows of."""
        added = []
        for column in table.columns:
            parent, _, key = self.corpus.references.get(f"{table.name}.{column.name}", "").partition(".")
            held = any(column.number in constraint.columns for constraint in table.foreign_keys)
            added += [
                ForeignKey(columns=(column.number,), parent=other.oid, parent_columns=(key,))
                for other in tables
                if other.name == parent and not held
            ]
        return replace(table, foreign_keys=(*table.foreign_keys, *added))

    def _may_be_null(self, table: Table, column: Column) -> bool:
        return not column.not_null and f"{table.name}.{column.name}" not in self.corpus.never_null


def _holds(expression: str) -> sql.Composed:
    """Wrap a check's expression as the catalog gives it; NULL complies."""
    return sql.SQL("(({}) IS NOT FALSE)").format(sql.SQL(expression))


def _keys(connection: psycopg.Connection, key: ForeignKey) -> Keys:
    """Return keys of rows that the parent table has, as text."""
    found = connection.execute(PARENT, [key.parent]).fetchone()
    assert found is not None
    columns = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in key.parent_columns)
    nonnull = sql.SQL(" AND ").join(
        sql.SQL("{} IS NOT NULL").format(sql.Identifier(name)) for name in key.parent_columns
    )
    query = sql.SQL("SELECT {columns} FROM {table} WHERE {nonnull} ORDER BY {columns} LIMIT {most}")
    table = sql.Identifier(*found)
    return connection.execute(
        query.format(columns=columns, table=table, nonnull=nonnull, most=sql.Literal(PARENTS_MAX))
    ).fetchall()


def _parents(
    nullable: set[int], parents: list[tuple[ForeignKey, Keys]], number: int, draw: random.Random
) -> dict[int, str | None] | None:
    """Choose a parent for every foreign key, agreeing on columns that two of them share; None when there is none."""
    chosen: dict[int, str | None] = {}
    for key, known in parents:
        fixed = [(place, chosen[column]) for place, column in enumerate(key.columns) if column in chosen]
        if any(text is None for _, text in fixed):
            continue
        fitting = (
            [parent for parent in known if all(parent[place] == text for place, text in fixed)] if fixed else known
        )
        free = [column for column in key.columns if column not in chosen and column in nullable]
        if fitting and not (free and draw.random() < NULLS):
            parent = fitting[number % len(fitting)] if draw.random() < 0.7 else draw.choice(fitting)
            chosen.update(zip(key.columns, parent, strict=True))
        elif free:
            chosen.update(dict.fromkeys(free))
        else:
            return None
    return chosen
