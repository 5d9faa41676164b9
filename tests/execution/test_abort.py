"""Abort after any part of a deploy brings the schema back to where it began."""

from dataclasses import replace

import psycopg
import pytest

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import (
    BackfillRefused,
    DatabaseMoved,
    DeployUnfinished,
    NothingToAbort,
    NotReversible,
    StatementFailed,
    Stopped,
)
from online_migrate.events import Event, StepUndone, ignore
from online_migrate.execution import journal
from online_migrate.execution.abort import Aborted, abort, what_abort_would_do
from online_migrate.execution.runner import deploy
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import CutOver
from tests.execution.plans import (
    ADD_COLUMN,
    BEFORE_GATE,
    CONTRACT,
    COUNT,
    EXPAND,
    MIGRATE,
    lock,
    make_plan,
    settings,
    shape,
)

STEPS = len(EXPAND) + len(MIGRATE)


def run_abort(
    database: Database, *, force: bool = False, stop_after: int | None = None, told: list[StepUndone] | None = None
) -> Aborted:
    undone: list[StepUndone] = [] if told is None else told

    def observe(event: Event) -> None:
        if isinstance(event, StepUndone):
            undone.append(event)

    return abort(
        database=database,
        clock=SystemClock(),
        observer=observe,
        should_stop=lambda: stop_after is not None and len(undone) >= stop_after,
        force=force,
    )


@pytest.mark.parametrize("done", range(1, STEPS + 1))
def test_after_every_prefix_the_schema_is_as_before(
    target: Database, connection: psycopg.Connection, done: int
) -> None:
    before = shape(connection)
    if done < STEPS:
        with pytest.raises(Stopped):
            deploy(make_plan(), database=target, settings=settings(BEFORE_GATE, stop_after=done))
    else:
        assert deploy(make_plan(), database=target, settings=settings(BEFORE_GATE)).state == "gate"
    told = what_abort_would_do(target)
    aborted = run_abort(target)
    assert [u.step for u in told] == list(aborted.undone)
    assert len(aborted.undone) == done
    assert shape(connection) == before
    assert [r.state for r in journal.deploys(connection, ("aborted",))] == ["aborted"]
    assert deploy(make_plan(), database=target, settings=settings()).state == "done"


@pytest.mark.parametrize("undone", range(1, STEPS))
def test_an_abort_that_was_stopped_carries_on(target: Database, connection: psycopg.Connection, undone: int) -> None:
    before = shape(connection)
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    with pytest.raises(Stopped):
        run_abort(target, stop_after=undone)
    with pytest.raises(DeployUnfinished, match="being undone"):
        deploy(None, database=target, settings=settings())
    run_abort(target)
    assert shape(connection) == before


def test_what_cannot_be_put_back_is_named_and_left_by_force(target: Database, connection: psycopg.Connection) -> None:
    final = replace(ADD_COLUMN, id="final", purpose="add for good", reversible=False)
    deploy(make_plan((final,)), database=target, settings=settings(BEFORE_GATE))
    assert [u.possible for u in what_abort_would_do(target)] == [True] * len(MIGRATE) + [False]
    there = shape(connection)
    with pytest.raises(NotReversible, match=r"final \(add for good\)"):
        run_abort(target)
    assert shape(connection) == there
    assert [s.id for s in run_abort(target, force=True).kept] == ["final"]
    assert ("orders", "note") in shape(connection)[0]  # type: ignore[operator]


def test_nothing_to_abort_without_a_deploy_or_once_contract_began(target: Database) -> None:
    with pytest.raises(NothingToAbort):
        run_abort(target)
    contract = (*CONTRACT, replace(CONTRACT[0], id="more", sql=("SELECT 1",)))
    with pytest.raises(Stopped):
        deploy(make_plan(contract=contract), database=target, settings=settings(stop_after=1 + len(MIGRATE) + 1))
    with pytest.raises(NothingToAbort, match="contract phase"):
        run_abort(target)


def test_later_revisions_are_not_pulled_out_from_under(target: Database, connection: psycopg.Connection) -> None:
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE, observer=ignore))
    connection.execute(b"UPDATE alembic_version SET version_num = 'r3'")
    with pytest.raises(DatabaseMoved, match="at r3"):
        run_abort(target)


DROPS = {
    "column": ("ALTER TABLE orders DROP COLUMN note", {"orders.note:add"}),
    "table": ("DROP TABLE orders", {"orders.note:add", "orders.customer_id:add_key"}),
    # DROP CONSTRAINT finds its table, and no constraint.
    "table walked": ("DROP TABLE customer CASCADE", {"customer.visits:count", "orders.customer_id:add_key"}),
    "schema of both": ("DROP TABLE orders, customer", {"orders.note:add", "orders.customer_id:add_key", COUNT.id}),
}


@pytest.mark.parametrize("dropped", DROPS)
def test_what_somebody_has_dropped_counts_as_undone(
    target: Database, connection: psycopg.Connection, dropped: str
) -> None:
    statement, steps = DROPS[dropped]
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    connection.execute(statement.encode())
    told: list[StepUndone] = []
    assert len(run_abort(target, told=told).undone) == STEPS
    assert {event.step.id for event in told if event.gone} == steps
    assert [r.state for r in journal.deploys(connection, ("aborted",))] == ["aborted"]
    left = connection.execute(
        "SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM online_migrate.backfill),"
        " (SELECT count(*) FROM pg_attribute WHERE attname = 'note' AND attrelid = to_regclass('orders')),"
        " to_regclass('orders_note'), (SELECT count(*) FROM pg_constraint WHERE conname = 'orders_customer')"
    ).fetchone()
    assert left == ("r1", 0, 0, None, 0)


def test_a_table_that_was_renamed_is_not_gone(target: Database, connection: psycopg.Connection) -> None:
    before = shape(connection)
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    connection.execute("ALTER TABLE customer RENAME TO client")
    with pytest.raises(DatabaseMoved, match=r"public\.customer is now public\.client"):
        run_abort(target)
    connection.execute("ALTER TABLE client RENAME TO customer")
    run_abort(target)
    assert shape(connection) == before


def test_old_values_wait_for_their_column(target: Database, connection: psycopg.Connection) -> None:
    before = shape(connection)
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    connection.execute("ALTER TABLE customer RENAME COLUMN visits TO seen")
    with pytest.raises(BackfillRefused, match="no column visits"):
        run_abort(target)
    connection.execute("ALTER TABLE customer RENAME COLUMN seen TO visits")
    run_abort(target)
    assert shape(connection) == before


def test_a_swap_is_not_undone_by_half(target: Database, connection: psycopg.Connection) -> None:
    """With the old column gone, the one that holds the values would take its place, and be dropped."""
    beside = replace(
        ADD_COLUMN,
        sql=("ALTER TABLE public.orders ADD COLUMN wide bigint",),
        undo=("ALTER TABLE public.orders DROP COLUMN wide",),
        done_check=None,
    )
    swap = CutOver(
        id="orders.total:swap",
        operation="r2:1",
        purpose="swap the columns",
        sql=(
            "ALTER TABLE public.orders RENAME COLUMN total TO narrow",
            "ALTER TABLE public.orders RENAME COLUMN wide TO total",
        ),
        undo=(
            "ALTER TABLE public.orders RENAME COLUMN total TO wide",
            "ALTER TABLE public.orders RENAME COLUMN narrow TO total",
        ),
        locks=(lock(RelationName("public", "orders")),),
    )
    deploy(make_plan((beside,), (swap,)), database=target, settings=settings(BEFORE_GATE))
    connection.execute("ALTER TABLE orders DROP COLUMN narrow")
    there = shape(connection)
    with pytest.raises(StatementFailed, match="narrow"):
        run_abort(target)
    assert shape(connection) == there
    connection.execute("DROP TABLE orders")
    assert len(run_abort(target).undone) == 2


def test_what_a_function_misses_is_not_gone(target: Database, connection: psycopg.Connection) -> None:
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    connection.execute("""
        CREATE FUNCTION note_it() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO nowhere SELECT; END';
        CREATE EVENT TRIGGER note_it ON ddl_command_end EXECUTE FUNCTION note_it()
    """)
    with pytest.raises(StatementFailed, match="nowhere"):
        run_abort(target)
    connection.execute("DROP EVENT TRIGGER note_it")
    run_abort(target)
