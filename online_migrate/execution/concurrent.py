"""ConcurrentDdl: statements outside a transaction, whose traces an interrupted try leaves behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

import psycopg
from psycopg import errors as pg
from psycopg import sql

from online_migrate.errors import ConnectionLost, IndexInvalid, SnapshotsInTheWay, StatementFailed
from online_migrate.events import Blocker, Building, Waiting
from online_migrate.execution import blockers, statements, termination
from online_migrate.execution.engine import Engine
from online_migrate.execution.failures import EXHAUSTED, GIVES_WAY, failure, is_lost
from online_migrate.execution.gone import passing_over
from online_migrate.execution.index_progress import index_progress
from online_migrate.execution.locks import CHECK_MS, Tries, wait_until_free
from online_migrate.execution.queries import query
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import ConcurrentDdl, IndexShape

BUILDS = 3


def run(engine: Engine, step: ConcurrentDdl, tries: Tries) -> None:
    """Run the step and verify it, filling `tries`; the journal row is the caller's, in a transaction after it.

    No lock_timeout: it would cancel the statement and leave an invalid index. What such a statement queues
    for (SHARE UPDATE EXCLUSIVE, old transactions) keeps no reader or writer waiting.

    Raises:
        DuplicateRows, StatementFailed, IndexInvalid: what was built is dropped; a person is needed.
        SnapshotsInTheWay, ConnectionLost, Stopped, LeaseLost: resumable.
    """
    with session(engine, step) as connection:
        while True:
            tries.count += 1
            _refuse_others(step, connection)
            _clear(engine, step, connection)
            if statements.is_done(connection, step):
                return
            _wait_for_snapshots(engine, step, connection, tries)
            try:
                for statement in step.sql:
                    _execute(engine, step, connection, statement)
            except GIVES_WAY as error:
                if tries.count == BUILDS:
                    raise failure(step, error) from error
                continue
            except psycopg.Error as error:
                if not is_lost(connection) and _leaves_remains(error):
                    _clear(engine, step, connection)
                raise
            if step.index is None or _is_valid(connection, step.index):
                statements.verify(connection, step)
                return
            if tries.count == BUILDS:
                _clear(engine, step, connection)
                raise IndexInvalid(
                    f"Index {step.index} was not valid after {BUILDS} builds.",
                    hint="Look for sessions that cancel or lock it, then run the same command again.",
                )


def refuse_others(engine: Engine, step: ConcurrentDdl, *, begun: bool) -> None:
    """Refuse to take somebody else's index for the one that the step builds.

    Args:
        begun: the step has been tried: then one that looks like it is ours, to be verified, cleared or undone. Before
            that none is that is valid, or being built.

    Raises:
        StatementFailed: with the code that CREATE INDEX would fail with.
    """
    if step.index is None:
        return
    with engine.database.connect("check") as connection:
        _refuse_others(step, connection)
        at_work = any(builder is not None for _, builder in _not_valid(connection, step.index))
        if not begun and (at_work or _is_valid(connection, step.index)):
            raise _taken(step)


def undo(engine: Engine, step: ConcurrentDdl) -> tuple[str, ...]:
    """Run the step's undo, unless the catalog shows that nothing is left to undo. Raises as `run` does.

    Returns what the server said of statements whose object is gone: they were passed over.
    """
    gone: list[str] = []
    with session(engine, step) as connection:
        if _is_others(step, connection):
            gone.append(f"the index {step.index} is not the one that the deploy was to build, and stays")
            left = False
        elif step.index is not None:
            _clear(engine, step, connection)
            left = _is_valid(connection, step.index) is not None
        else:
            left = statements.is_done(connection, step) is not False
        if left:
            for statement in step.undo:
                with passing_over(connection, engine.deploy_id, step, gone):
                    _execute(engine, step, connection, statement)
    return tuple(gone)


@contextmanager
def session(engine: Engine, step: ConcurrentDdl) -> Iterator[psycopg.Connection]:
    """Open a session without timeouts that is used for nothing else; its errors come out typed."""
    with engine.database.direct.connect("concurrent") as connection:
        values = {"check_ms": CHECK_MS, "search_path": list(step.search_path) or None}
        connection.execute(query("session_settings"), values)
        try:
            yield connection
        except psycopg.Error as error:
            if is_lost(connection):
                raise ConnectionLost(
                    f"The connection broke during {step.id} ({step.purpose}).",
                    hint="Run the same command again; what was left half built is cleared first.",
                ) from error
            raise failure(step, error) from error


def _refuse_others(step: ConcurrentDdl, connection: psycopg.Connection) -> None:
    if _is_others(step, connection):
        raise _taken(step)


def _taken(step: ConcurrentDdl) -> StatementFailed:
    return StatementFailed(
        f"{step.id} ({step.purpose}): there is an index {step.index} already, which somebody else has made "
        "since the plan was.",
        sqlstate="42P07",
        hint="Rename or drop it and run the same command again, or undo the deploy with "
        "`online-migrate abort`, which leaves it alone.",
    )


def _is_others(step: ConcurrentDdl, connection: psycopg.Connection) -> bool:
    """Whether an index, valid or not, has the name of the step's but looks otherwise."""
    if step.index is None or step.shape is None:
        return False
    row = connection.execute(query("index_shape"), {"schema": step.index.schema, "name": step.index.name}).fetchone()
    if row is None:
        return False
    schema, table, method, unique, partial, columns, keys = row
    planned = step.shape
    found = IndexShape(
        table=RelationName(schema, table),
        # PostgreSQL takes a column in parentheses for the column.
        columns=tuple(c if p is not None else p for c, p in zip(columns, planned.columns, strict=False)),
        include=tuple(columns[keys:]),
        method=method,
        unique=unique,
        partial=partial,
    )
    return keys != len(planned.columns) or found != planned


def _leaves_remains(error: psycopg.Error) -> bool:
    """Whether what was built until then is of no use: rows are at fault, or there is no room for it."""
    return isinstance(error, pg.IntegrityError | pg.DataError) or (error.sqlstate or "").startswith(EXHAUSTED)


def _clear(engine: Engine, step: ConcurrentDdl, connection: psycopg.Connection) -> None:
    """Finish or remove what an interrupted try left, after its orphan on the server has ended."""
    _finish_detach(step, connection)
    while leftovers := _leftovers(connection, step):
        builders = {pid for _, pid in leftovers if pid is not None}
        if builders:
            # Its client died, but it still builds: when it has ended the index may well be valid.
            engine.pause(statements.TICK_S)
            continue
        for name, _ in leftovers:
            drop = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name.schema, name.name))
            _execute(engine, step, connection, drop.as_string(connection))


def _leftovers(connection: psycopg.Connection, step: ConcurrentDdl) -> tuple[tuple[RelationName, int | None], ...]:
    built = () if step.index is None else _not_valid(connection, step.index)
    # What is built anew stays, valid or not.
    copies = (left for index in step.rebuilds for left in _not_valid(connection, index) if left[0] != index)
    return (*built, *copies)


def _not_valid(connection: psycopg.Connection, index: RelationName) -> tuple[tuple[RelationName, int | None], ...]:
    rows = connection.execute(query("index_leftovers"), {"schema": index.schema, "name": index.name}).fetchall()
    return tuple((RelationName(schema, name), builder) for schema, name, builder in rows)


def _finish_detach(step: ConcurrentDdl, connection: psycopg.Connection) -> None:
    """Finish an interrupted DETACH PARTITION CONCURRENTLY: until then the parent takes no other."""
    relations = {lock.relation for lock in step.locks}
    values = {"schemas": [r.schema for r in relations], "names": [r.name for r in relations]}
    for parent_schema, parent, child_schema, child in connection.execute(query("detach_pending"), values).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} DETACH PARTITION {} FINALIZE").format(
                sql.Identifier(parent_schema, parent), sql.Identifier(child_schema, child)
            )
        )


def _is_valid(connection: psycopg.Connection, index: RelationName) -> bool | None:
    row = connection.execute(query("index_state"), {"schema": index.schema, "name": index.name}).fetchone()
    return bool(row[0]) if row is not None else None


def _wait_for_snapshots(engine: Engine, step: ConcurrentDdl, connection: psycopg.Connection, tries: Tries) -> None:
    """Wait while a transaction is open for which an index build would wait, half built and costing every write.

    What is no build leaves nothing like that behind, and simply waits.
    """
    if step.index is None:
        return
    relations = {lock.relation for lock in step.locks}

    def look() -> tuple[Blocker, ...]:
        return blockers.of_snapshots(connection, relations)

    deadline = engine.clock.now() + engine.policy.lock_total_s
    if left := wait_until_free(engine, step, connection, look, tries=tries, deadline=deadline):
        raise SnapshotsInTheWay(
            f"{step.id} ({step.purpose}) was not started: it would wait for transactions that are still open after "
            f"{engine.policy.lock_total_s} s: {blockers.describe(left)}.",
            hint="End those transactions, or wait for them, then run the same command again.",
        )


def _execute(engine: Engine, step: ConcurrentDdl, connection: psycopg.Connection, statement: str) -> None:
    """Run a statement outside a transaction; tell how far it is and whom it waits for, and end whom it may end.

    Raises:
        SnapshotsInTheWay: an index build has waited for too long; it is cancelled, and cleared before the next try.
    """
    started = at_work = engine.clock.now()

    def tell() -> None:
        nonlocal at_work
        with engine.database.connect("watch") as watching:
            built = index_progress(watching, step.index) if step.index is not None else None
            if built is not None:
                engine.observer(Building(step=step, phase=built.phase, fraction=built.fraction))
            found = _in_the_way(watching, step)
            now = engine.clock.now()
            if not (found and built is not None and built.waits):
                at_work = now
            # What has worked for long may wait for as long: to build it anew would cost more.
            left_s = max(engine.policy.lock_total_s, at_work - started) - (now - at_work)
            if found:
                engine.observer(Waiting(step=step, blockers=found, left_s=left_s if built is not None else inf))
                termination.end(engine, step, watching, found, waited_s=now - started)
        if left_s < 0:
            raise SnapshotsInTheWay(
                f"{step.id} ({step.purpose}) was broken off: for {now - at_work:.0f} s it has only waited for "
                f"transactions that are still open: {blockers.describe(found)}.",
                hint="End those transactions, or wait for them, then run the same command again; it builds anew.",
            )

    statements.execute(engine, connection, statement, tell)


def _in_the_way(connection: psycopg.Connection, step: ConcurrentDdl) -> tuple[Blocker, ...]:
    found = blockers.of_snapshots(connection, {lock.relation for lock in step.locks})
    return tuple(b for b in found if not b.application_name.startswith("online-migrate: "))
