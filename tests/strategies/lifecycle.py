"""One life of a change: planned, run step by step beside the naive form, and undone from every point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row
from psycopg.types.string import TextLoader

from online_migrate.backfilling import schema as journal_schema
from online_migrate.catalog.read import read, read_functions
from online_migrate.plan.model import Plan
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import OWN_WRITES, Backfill, CutOver, Ddl, Step, Validate
from online_migrate.planner.build import build
from online_migrate.planner.called import called_functions
from online_migrate.policy import Policy
from online_migrate.strategies.parts.locks import strongest
from tests import compare

POLICY = Policy(small_tables_as_written=False)
KEYSET_BATCH = 7

_RELATIONS = """
    SELECT c.oid, n.nspname, c.relname, c.relkind = 'S' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
_LOCKS = "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A change to try.

    Attributes:
        setup: the database before it.
        operations: the naive statements, one operation each.
        python_defaults: operation number (from 0) to the model's default, as SQL.
        ignore: columns whose values cannot be equal.
        since: the first server version that knows the statements.
    """

    name: str
    setup: str
    operations: tuple[str, ...]
    python_defaults: Mapping[int, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ("public",)
    since: int = 14


def prepare(connection: psycopg.Connection, case: Case) -> None:
    """Make the database as it is before the change, with the schema that the journal would have installed."""
    connection.execute(case.setup.encode())
    journal_schema.install(connection)


def plan(connection: psycopg.Connection, case: Case) -> Plan:
    """Return the plan of the case on the database as it is now."""
    operations = [
        Operation(
            id=f"case:{number}",
            revision="case",
            source=None,
            directive=None,
            sql=text,
            search_path=case.search_path,
            python_default=case.python_defaults.get(number),
        )
        for number, text in enumerate(case.operations)
    ]
    catalog = read(connection)
    catalog = read_functions(connection, catalog, called_functions(operations, catalog))
    return build(operations, catalog, POLICY)


def steps_of(made: Plan) -> tuple[Step, ...]:
    """Return the steps of all phases in the order they run."""
    return tuple(step for phase in made.phases for step in phase.steps)


def run_naively(connection: psycopg.Connection, case: Case) -> None:
    """Run the statements as written; a missing Python-side default is what SQLAlchemy would write."""
    connection.execute(_set_path(case.search_path))
    for number, text in enumerate(case.operations):
        default = case.python_defaults.get(number)
        connection.execute(text.encode() if default is None else _with_default(text, default))
    connection.execute("RESET search_path")


def _with_default(text: str, default: str) -> bytes:
    # The oracle's own shortcut for "fill what is there": the default is dropped in a second statement.
    table, column = text.split()[2], text.split()[5]
    return f"{text} DEFAULT {default}; ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT".encode()


def run(connection: psycopg.Connection, step: Step) -> None:
    """Run one step and hold its done-check and its locks against what the server says."""
    if step.done_check is not None:
        assert not _boolean(connection, step.done_check), f"{step.id} says it is done before it ran"
    if isinstance(step, Backfill):
        _run_backfill(connection, step)
    elif step.transactional:
        known = _relations(connection, step)
        with connection.transaction():
            connection.execute(_set_path(step.search_path, local=True))
            for statement in step.sql:
                connection.execute(statement.encode())
            if isinstance(step, Ddl | CutOver | Validate):
                _check_locks(connection, step, known)
    else:
        _run_outside(connection, step, step.sql)
    if step.done_check is not None:
        assert _boolean(connection, step.done_check), f"{step.id} ran and does not say so"


def undo(connection: psycopg.Connection, step: Step) -> None:
    """Run the undo of a step."""
    if not step.transactional:
        _run_outside(connection, step, step.undo)
        return
    with connection.transaction():
        connection.execute(_set_path(step.search_path, local=True))
        for statement in step.undo:
            connection.execute(statement.encode())


def check_undo(connection: psycopg.Connection, steps: Sequence[Step]) -> int:
    """Undo after every prefix of steps that can be undone; return how many prefixes were tried."""
    start = compare.schema(connection)
    rows = compare.rows(connection)
    for length in range(1, len(steps) + 1):
        if not steps[length - 1].reversible:
            return length - 1
        images = []
        for step in steps[:length]:
            images.append(_image(connection, step))
            run(connection, step)
        for step, image in zip(reversed(steps[:length]), reversed(images), strict=True):
            if isinstance(step, Backfill) and image:
                _restore(connection, step, image)
            undo(connection, step)
        found = compare.differences(start, compare.schema(connection))
        assert not found, "\n".join([f"undone after {steps[length - 1].id}:", *found])
        assert compare.rows(connection) == rows, f"rows differ, undone after {steps[length - 1].id}"
    return len(steps)


def _set_path(path: Sequence[str], *, local: bool = False) -> sql.Composed:
    # Without a path a step may rest on no schema: all its names are qualified.
    names = sql.SQL(", ").join(map(sql.Identifier, path or ("pg_catalog",)))
    return sql.SQL("SET LOCAL search_path = {}" if local else "SET search_path = {}").format(names)


def _run_outside(connection: psycopg.Connection, step: Step, statements: Sequence[str]) -> None:
    connection.execute(_set_path(step.search_path))
    for statement in statements:
        connection.execute(statement.encode())
    connection.execute("RESET search_path")


def _boolean(connection: psycopg.Connection, query: str) -> bool:
    (value,) = connection.execute(query.encode()).fetchone() or (None,)
    assert isinstance(value, bool)
    return value


def _relations(connection: psycopg.Connection, step: Step) -> dict[int, RelationName]:
    """Return the relations that are there; of sequences those whose lock is stated, for rows go with the others'."""
    stated = {lock.relation for lock in step.locks}
    found = connection.execute(_RELATIONS).fetchall()
    names = {oid: (RelationName(schema, name), sequence) for oid, schema, name, sequence in found}
    return {oid: name for oid, (name, sequence) in names.items() if not sequence or name in stated}


def _check_locks(connection: psycopg.Connection, step: Step, known: dict[int, RelationName]) -> None:
    """Hold the stated locks against those held on relations that were there before the transaction."""
    held = [
        Lock(known[oid], LockMode(mode.removesuffix("Lock")))
        for oid, mode in connection.execute(_LOCKS).fetchall()
        if oid in known
    ]
    # Reading a table blocks nobody and need not be stated.
    real, stated = (
        {lock for lock in locks if lock.mode is not LockMode.ACCESS_SHARE} for locks in (strongest(held), step.locks)
    )
    assert real == stated, f"{step.id}: held {sorted(real - stated)}, stated {sorted(stated - real)}"


def _run_backfill(connection: psycopg.Connection, step: Backfill) -> None:
    with connection.transaction():
        connection.execute(_set_path(step.search_path, local=True))
        if step.silent:
            connection.execute("SET LOCAL session_replication_role = replica")
        match step.method:
            case "whole":
                connection.execute(step.update.encode())
            case "stripes":
                _run_stripes(connection, step)
            case "keyset":
                _run_keyset(connection, step)
    if step.remaining is not None:
        connection.execute(_set_path(step.search_path))
        assert connection.execute(step.remaining.encode()).fetchone() == (0,), step.id
        connection.execute("RESET search_path")


def _execute(connection: psycopg.Connection, statement: str, parameters: Sequence[Any]) -> None:
    with psycopg.RawCursor(connection) as cursor:
        cursor.execute(statement.encode(), parameters)


def _run_stripes(connection: psycopg.Connection, step: Backfill) -> None:
    query = sql.SQL("SELECT pg_relation_size({}) / 8192").format(sql.Literal(_table(step).as_string(connection)))
    (blocks,) = connection.execute(query).fetchone() or (0,)
    start = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text").fetchone() or ()
    for stripe in range(step.stripes):
        parameters = ["(0,0)", f"({blocks},0)", stripe, *(start if step.update_again else ())]
        _execute(connection, step.update, parameters)


def _run_keyset(connection: psycopg.Connection, step: Backfill) -> None:
    key = sql.SQL(", ").join(map(sql.Identifier, step.key))
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(key, _table(step), key)
    found = connection.execute(query).fetchall()
    bounds = [row for number, row in enumerate(found) if number % KEYSET_BATCH == KEYSET_BATCH - 1 or row == found[-1]]
    low: Sequence[Any] | None = None
    for high in bounds:
        if low is None:
            assert step.update_from_start is not None
            _execute(connection, step.update_from_start, [*high])
        else:
            _execute(connection, step.update, [*low, *high])
        low = high


def _table(step: Backfill) -> sql.Identifier:
    return sql.Identifier(step.table.schema, step.table.name)


def _image(connection: psycopg.Connection, step: Step) -> list[tuple[Any, ...]]:
    if not isinstance(step, Backfill) or not step.keeps_before_image:
        return []
    names = sql.SQL(", ").join(map(sql.Identifier, (*step.columns, *step.beside, *step.key)))
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.adapters.register_loader("json", TextLoader)
        cursor.adapters.register_loader("jsonb", TextLoader)
        return cursor.execute(sql.SQL("SELECT {} FROM ONLY {}").format(names, _table(step))).fetchall()


def _restore(connection: psycopg.Connection, step: Backfill, image: list[tuple[Any, ...]]) -> None:
    names = [*step.columns, *step.beside, *step.key]
    if step.change == "delete":
        _insert_again(connection, step, image)
        return
    values = len(step.columns) + len(step.beside)
    pairs = [sql.SQL("{} = ${}").format(sql.Identifier(name), sql.Literal(i)) for i, name in enumerate(names, 1)]
    columns = sql.SQL(", ").join(pairs[:values])
    key = sql.SQL(" AND ").join(pairs[values:])
    statement = sql.SQL("UPDATE ONLY {} SET {} WHERE {}").format(_table(step), columns, key)
    with connection.transaction(), psycopg.RawCursor(connection) as cursor:
        cursor.execute("SELECT set_config($1, 'on', true)", [OWN_WRITES])
        if step.beside:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.executemany(statement, image)


def _insert_again(connection: psycopg.Connection, step: Backfill, image: list[tuple[Any, ...]]) -> None:
    names = (*step.columns, *step.key)
    statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({}) ON CONFLICT DO NOTHING").format(
        _table(step),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.SQL("${}").format(sql.Literal(number)) for number in range(1, len(names) + 1)),
    )
    with psycopg.RawCursor(connection) as cursor:
        cursor.executemany(statement, image)
