"""A plan over 1,000 operations on a database of 1,000 tables, after imports: reading the catalog, and planning.

The operations are an added column, a filled column, an index, a foreign key, a CHECK, a type change, NOT NULL and a
dropped column in turn, one on each table.
"""

import gc
import tempfile
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from benchmarks.model import Benchmark, Figure, Findings, Sample, each
from benchmarks.stand import Stand
from online_migrate.database import Database
from online_migrate.execution.live_catalog import read_catalog
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from online_migrate.sources.sql_files import read_sql_files

PLAN = "plan"
TABLE: tuple[LiteralString, ...] = (
    "CREATE TABLE {table} (id bigint PRIMARY KEY, a text, b text, c varchar(20), owner bigint, at timestamptz)",
    "CREATE INDEX ON {table} (a)",
    "CREATE INDEX ON {table} (owner)",
)
CHANGES: tuple[LiteralString, ...] = (
    "ALTER TABLE {table} ADD COLUMN d text",
    "UPDATE {table} SET b = a || '!'",
    "CREATE INDEX ON {table} (at)",
    "ALTER TABLE {table} ADD FOREIGN KEY (owner) REFERENCES {other} (id)",
    "ALTER TABLE {table} ADD CHECK (id > 0)",
    "ALTER TABLE {table} ALTER COLUMN c TYPE text",
    "ALTER TABLE {table} ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE {table} DROP COLUMN b",
)


def measure(stand: Stand) -> Findings:
    """Plan again and again."""
    count = stand.size(1000, quick=50)
    url = stand.server.create_database("planning")
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        for number in range(count):
            for statement in TABLE:
                connection.execute(_statement(statement, number, count))
    try:
        with tempfile.TemporaryDirectory() as directory:
            script = Path(directory) / "changes.sql"
            statements = (_statement(CHANGES[n % len(CHANGES)], n, count).as_string() for n in range(count))
            script.write_text(";\n".join(statements), encoding="utf-8")
            samples = stand.rounds({PLAN: lambda: _plan(stand, url, script)}, runs=stand.size(5, quick=1))
    finally:
        stand.server.drop_database("planning")
    return Findings(
        figures=(Figure(what=f"{count:,} operations", values=each(samples, PLAN, "time_s"), unit="s", at_most=2.0),),
        samples=samples,
    )


def _statement(template: LiteralString, number: int, count: int) -> sql.Composed:
    names = (sql.Identifier(f"table_{number}"), sql.Identifier(f"table_{(number + 1) % count}"))
    return sql.SQL(template).format(table=names[0], other=names[1])


def _plan(stand: Stand, url: str, script: Path) -> Sample:
    gc.collect()
    started = stand.clock.now()
    with Database(url).connect("catalog") as connection:
        live = read_catalog(connection)
    read = stand.clock.now()
    operations, scripts = read_sql_files((script,), live.search_path)
    parsed = stand.clock.now()
    build(operations, live, Policy(), scripts=scripts)
    ended = stand.clock.now()
    return {"time_s": ended - started, "catalog_s": read - started, "parse_s": parsed - read, "build_s": ended - parsed}


BENCHMARK = Benchmark(
    name="planning", title="A plan over 1,000 operations on a catalog of 1,000 tables", measure=measure
)
