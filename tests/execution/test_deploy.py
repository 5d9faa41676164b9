"""A plan is carried out, stops at the gate, carries on where it was stopped, and is refused where it does not fit."""

from dataclasses import replace

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.errors import (
    ContractPending,
    DatabaseMoved,
    DeployUnfinished,
    DuplicateRows,
    PlanOutdated,
    RowsViolateConstraint,
    StatementFailed,
    StepNotDone,
    Stopped,
)
from online_migrate.events import Event, StepFinished
from online_migrate.execution import journal
from online_migrate.execution.runner import deploy
from online_migrate.execution.status import status
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, Gate
from tests.execution.plans import (
    ADD_COLUMN,
    ADD_KEY,
    ALL,
    BEFORE_GATE,
    BUILD_INDEX,
    ORDERS,
    TOTAL,
    VALIDATE_KEY,
    lock,
    make_plan,
    only,
    settings,
    shape,
)


def test_it_stops_at_the_gate_and_contract_finishes(target: Database, connection: psycopg.Connection) -> None:
    outcome = deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    assert (outcome.state, [s.id for s in outcome.pending]) == ("gate", ["orders.total:drop"])
    assert connection.execute(b"SELECT version_num FROM alembic_version").fetchall() == [("r2",)]
    assert [r.target for r in journal.awaiting_contract(connection)] == [["r2"]]

    outcome = deploy(None, database=target, settings=settings((PhaseName.CONTRACT,)))
    assert (outcome.state, outcome.pending) == ("done", ())
    assert ("orders", "total") not in shape(connection)[0]  # type: ignore[operator]


def test_every_phase_in_one_go_journals_every_step(target: Database, connection: psycopg.Connection) -> None:
    events: list[Event] = []
    outcome = deploy(make_plan(), database=target, settings=settings(ALL, observer=events.append))
    assert outcome.state == "done"
    assert outcome.deploy_id is not None
    records = journal.steps(connection, outcome.deploy_id)
    assert [r.state for r in records] == ["done"] * TOTAL
    assert [e.step.id for e in events if isinstance(e, StepFinished)] == [r.step_id for r in records]


@pytest.mark.parametrize("stop_after", range(1, TOTAL))
def test_stopped_after_any_step_the_same_call_carries_on(
    target: Database, connection: psycopg.Connection, stop_after: int
) -> None:
    with pytest.raises(Stopped):
        deploy(make_plan(), database=target, settings=settings(ALL, stop_after=stop_after))
    found = status(target)
    phases = found.deploys[0].phases
    assert sum(phase.count("done") for phase in phases) == stop_after
    assert found.holder is None
    assert deploy(None, database=target, settings=settings(ALL)).state == "done"
    assert sum(r.attempts for r in journal.steps(connection, 1)) == TOTAL


def test_nothing_is_created_by_looking_or_refusing(target: Database, connection: psycopg.Connection) -> None:
    assert status(target).deploys == ()
    with pytest.raises(PlanOutdated):
        deploy(make_plan(current=("r0",)), database=target, settings=settings())
    with pytest.raises(PlanOutdated):
        deploy(make_plan(), database=target, settings=settings(fingerprint="another"))
    assert deploy(None, database=target, settings=settings()).deploy_id is None
    assert connection.execute(b"SELECT to_regnamespace('online_migrate')").fetchone() == (None,)


def test_the_same_plan_again_finds_nothing_to_do(target: Database) -> None:
    first = deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    again = deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    assert again.deploy_id is None
    assert deploy(make_plan(), database=target, settings=settings()).deploy_id == first.deploy_id


def test_another_plan_is_refused_while_one_is_unfinished(target: Database) -> None:
    with pytest.raises(Stopped):
        deploy(make_plan(), database=target, settings=settings(stop_after=1))
    with pytest.raises(DeployUnfinished, match="unfinished"):
        deploy(only(ADD_COLUMN), database=target, settings=settings())


def test_a_pending_contract_on_the_same_table_comes_first(target: Database) -> None:
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    later = make_plan((ADD_COLUMN,), (), (), current=("r2",), target=("r3",))
    with pytest.raises(ContractPending, match=r"contract phase of r2 .* public\.orders") as refusal:
        deploy(later, database=target, settings=settings())
    assert "--phase contract" in str(refusal.value.hint)


def test_contract_is_refused_where_the_database_went_back(target: Database, connection: psycopg.Connection) -> None:
    deploy(make_plan(), database=target, settings=settings(BEFORE_GATE))
    connection.execute(b"UPDATE alembic_version SET version_num = 'r1'")
    with pytest.raises(DatabaseMoved, match="went back to r1"):
        deploy(None, database=target, settings=settings((PhaseName.CONTRACT,)))


def test_a_deploy_that_alembic_has_overtaken_is_superseded(target: Database, connection: psycopg.Connection) -> None:
    trigger = Ddl(
        id="orders:fill",
        operation="r2:1",
        purpose="fill",
        sql=(
            "CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            (
                "CREATE TRIGGER zz_online_migrate_1 BEFORE INSERT ON public.orders"
                " FOR EACH ROW EXECUTE FUNCTION public.fill()"
            ),
            "ALTER TABLE public.orders ADD COLUMN online_migrate_new_1 bigint",
            (
                "CREATE TRIGGER online_migrate_told_1 BEFORE UPDATE OF online_migrate_new_1 ON public.orders"
                " FOR EACH ROW EXECUTE FUNCTION public.fill()"
            ),
        ),
        locks=(lock(ORDERS),),
    )
    with pytest.raises(Stopped):
        deploy(make_plan((trigger,)), database=target, settings=settings(stop_after=1))
    connection.execute(b"UPDATE alembic_version SET version_num = 'r2'")
    assert deploy(None, database=target, settings=settings(BEFORE_GATE)).deploy_id is None
    assert [r.state for r in journal.deploys(connection, ("superseded",))] == ["superseded"]
    left = b"SELECT tgname FROM pg_trigger UNION SELECT attname FROM pg_attribute WHERE NOT attisdropped"
    found = [name for (name,) in connection.execute(left) if "online_migrate" in name]
    assert found == []


def test_a_deploy_whose_database_went_elsewhere_is_refused(target: Database, connection: psycopg.Connection) -> None:
    with pytest.raises(Stopped):
        deploy(make_plan(), database=target, settings=settings(stop_after=1))
    connection.execute(b"UPDATE alembic_version SET version_num = 'r0'")
    with pytest.raises(DatabaseMoved, match="now at r0"):
        deploy(None, database=target, settings=settings())


def test_a_gate_among_the_steps_opens_at_the_second_order(target: Database) -> None:
    gate = Gate(id="wait", operation=None, purpose="deploy the code first", sql=())
    plan = only(gate, ADD_COLUMN)
    first = deploy(plan, database=target, settings=settings())
    assert (first.state, [s.id for s in first.pending]) == ("running", ["wait", "orders.note:add"])
    assert deploy(None, database=target, settings=settings()).state == "done"


def test_a_refused_statement_carries_what_the_server_said(target: Database, connection: psycopg.Connection) -> None:
    step = replace(ADD_COLUMN, sql=(*ADD_COLUMN.sql, "ALTER TABLE public.orders ADD COLUMN note2 no_such_type"))
    with pytest.raises(StatementFailed, match=r'\[42704\] type "no_such_type" does not exist') as failed:
        deploy(only(step), database=target, settings=settings())
    assert failed.value.sqlstate == "42704"
    assert ("orders", "note") not in shape(connection)[0]  # type: ignore[operator]


def test_a_step_that_did_not_do_what_it_says_is_rolled_back(target: Database, connection: psycopg.Connection) -> None:
    before = shape(connection)
    step = replace(ADD_COLUMN, done_check="SELECT false")
    with pytest.raises(StepNotDone):
        deploy(only(step), database=target, settings=settings())
    assert shape(connection) == before


def test_rows_that_violate_a_constraint_are_named(target: Database, connection: psycopg.Connection) -> None:
    connection.execute(b"INSERT INTO orders VALUES (5000, 77, 1)")
    with pytest.raises(RowsViolateConstraint, match=r"\(customer_id\)=\(77\)") as failed:
        deploy(only(ADD_KEY, VALIDATE_KEY), database=target, settings=settings())
    assert "public.orders" in str(failed.value.hint)
    connection.execute(b"DELETE FROM orders WHERE id = 5000")
    assert deploy(None, database=target, settings=settings()).state == "done"


def test_duplicate_keys_are_named_and_the_index_is_dropped(target: Database, connection: psycopg.Connection) -> None:
    step: ConcurrentDdl = replace(
        BUILD_INDEX, sql=("CREATE UNIQUE INDEX CONCURRENTLY orders_note ON public.orders (customer_id)",)
    )
    with pytest.raises(DuplicateRows, match=r"\(customer_id\)=\("):
        deploy(only(step), database=target, settings=settings())
    assert connection.execute(b"SELECT to_regclass('orders_note')").fetchone() == (None,)
