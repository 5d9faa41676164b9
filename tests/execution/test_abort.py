"""Abort after any part of a deploy brings the schema back to where it began."""

from dataclasses import replace

import psycopg
import pytest

from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import DatabaseMoved, DeployUnfinished, NothingToAbort, NotReversible, Stopped
from online_migrate.events import Event, StepUndone, ignore
from online_migrate.execution import journal
from online_migrate.execution.abort import Aborted, abort, what_abort_would_do
from online_migrate.execution.runner import deploy
from tests.execution.plans import ADD_COLUMN, BEFORE_GATE, CONTRACT, EXPAND, MIGRATE, make_plan, settings, shape

STEPS = len(EXPAND) + len(MIGRATE)


def run_abort(database: Database, *, force: bool = False, stop_after: int | None = None) -> Aborted:
    undone: list[Event] = []

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
