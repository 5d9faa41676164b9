"""No partition comes or goes at the price of a scan that somebody waits for."""

from collections.abc import Callable

import psycopg
import pytest

from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import ConcurrentDdl, Step
from tests.strategies import lifecycle
from tests.strategies.lifecycle import Case
from tests.strategies.partitions import ATTACH, DEEP, DEFAULT, LATER, PARENT, PEOPLE

_SCANS = """
    SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(oid)), 0)::int
    FROM pg_class WHERE relkind = 'r' AND oid >= 16384
"""


def _rows_read(connection: psycopg.Connection) -> int:
    (rows,) = connection.execute(_SCANS).fetchone() or (0,)
    return int(rows)


def _run_all(connection: psycopg.Connection, setup: str, *operations: str) -> tuple[Step, ...]:
    """Run the steps; none that stops writers or readers may read a row."""
    case = Case(name="", setup=setup, operations=operations)
    lifecycle.prepare(connection, case)
    plan = lifecycle.plan(connection, case)
    assert all(operation.online for operation in plan.operations), plan.operations
    steps = lifecycle.steps_of(plan)
    for step in steps:
        if isinstance(step, ConcurrentDdl):
            lifecycle.run(connection, step)
        else:
            with connection.transaction():
                before = _rows_read(connection)
                lifecycle.run(connection, step)
                rows = _rows_read(connection) - before
            stops = any(lock.mode.strength >= LockMode.SHARE.strength for lock in step.locks)
            assert not (stops and rows), f"{step.id} reads {rows} rows under {step.locks}"
    return steps


@pytest.mark.parametrize(
    ("setup", "statement"),
    [
        (PARENT + LATER, ATTACH),
        (PARENT + DEFAULT + LATER, ATTACH),
        (PARENT + DEFAULT, "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30)"),
        (PEOPLE + DEEP, "ALTER TABLE a ADD FOREIGN KEY (k) REFERENCES people"),
        (PEOPLE + DEEP, "ALTER TABLE a ALTER COLUMN k SET NOT NULL"),
        (PEOPLE + DEEP, "ALTER TABLE a ADD CHECK (k > 0)"),
    ],
)
def test_nobody_waits_for_a_scan(connection: psycopg.Connection, setup: str, statement: str) -> None:
    _run_all(connection, setup, statement)


@pytest.mark.parametrize(
    ("column", "low", "high", "value"),
    [
        ("integer", "1", "5", "3"),
        ("bigint", "-5", "5000000000", "3"),
        ("numeric(10, 2)", "1.5", "2.5", "2"),
        ("date", "'2026-01-01'", "'2026-02-01'", "'2026-01-09'"),
        ("timestamptz", "'2026-01-01 00:00+00'", "'2026-02-01 00:00+00'", "'2026-01-09'"),
        ("timestamp(3)", "'2026-01-01'", "MAXVALUE", "'2026-01-09'"),
        ("text", "'007'", "'b'", "'a'"),
        ("varchar(5)", "'a'", "'b'", "'ab'"),
        (
            "uuid",
            "'10000000-0000-0000-0000-000000000000'",
            "'20000000-0000-0000-0000-000000000000'",
            "'1" + "0" * 31 + "'",
        ),
        ("boolean", "false", "true", "false"),
    ],
)
def test_bounds_of_every_common_type_are_proved(
    connection: psycopg.Connection, column: str, low: str, high: str, value: str
) -> None:
    setup = f"""
        CREATE TABLE t (k {column}) PARTITION BY RANGE (k);
        CREATE TABLE t_rest PARTITION OF t DEFAULT;
        CREATE TABLE t_1 (k {column}); INSERT INTO t_1 VALUES ({value});
    """
    _run_all(connection, setup, f"ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES FROM ({low}) TO ({high})")


@pytest.mark.parametrize(
    ("column", "values"),
    [("integer", "1, 2"), ("text", "'007', 'b'"), ("varchar(5)", "'a'"), ("boolean", "true"), ("char(3)", "'a', NULL")],
)
def test_lists_of_every_common_type_are_proved(connection: psycopg.Connection, column: str, values: str) -> None:
    setup = f"""
        CREATE TABLE t (k {column}) PARTITION BY LIST (k);
        CREATE TABLE t_rest PARTITION OF t DEFAULT;
        CREATE TABLE t_1 (k {column}); INSERT INTO t_1 VALUES ({values.split(",", maxsplit=1)[0]});
    """
    _run_all(connection, setup, f"ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES IN ({values})")


def test_a_partition_that_comes_on_the_way_is_noticed(connection: psycopg.Connection) -> None:
    """Its index is nobody's step, so the whole one would stay invalid."""
    case = Case(name="", setup=DEEP, operations=("CREATE INDEX by_k ON a (k)",))
    lifecycle.prepare(connection, case)
    *steps, last = lifecycle.steps_of(lifecycle.plan(connection, case))
    connection.execute("CREATE TABLE a_3 PARTITION OF a FOR VALUES FROM (100) TO (200)")
    for step in steps:
        lifecycle.run(connection, step)
    with pytest.raises(AssertionError, match="does not say so"):
        lifecycle.run(connection, last)


def test_a_half_detached_partition_is_not_taken_for_done(
    connection: psycopg.Connection, second_connection: Callable[[], psycopg.Connection]
) -> None:
    case = Case(name="", setup=PARENT, operations=("ALTER TABLE events DETACH PARTITION events_2",))
    lifecycle.prepare(connection, case)
    detach, *_ = (s for s in lifecycle.steps_of(lifecycle.plan(connection, case)) if isinstance(s, ConcurrentDdl))
    reader = second_connection()
    with reader.transaction():
        reader.execute("SELECT count(*) FROM events")
        connection.execute("SET statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(detach.sql[0].encode())
    connection.execute("RESET statement_timeout")
    assert detach.done_check is not None
    assert connection.execute(detach.done_check.encode()).fetchone() == (False,)
