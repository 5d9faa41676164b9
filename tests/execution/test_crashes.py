"""Killed at any boundary, or cut off in COMMIT: the same call carries on, nothing is done twice, nothing is guessed."""

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.events import Event, Retrying
from online_migrate.execution import journal
from online_migrate.execution.runner import deploy
from tests.execution.doomed import LEASE_S
from tests.execution.plans import ADD_COLUMN, TOTAL, make_plan, only, settings, shape
from tests.execution.proxy import Cut, commit_cutter
from tests.waiting import until_waiting_for_lock

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", range(1, 2 * TOTAL + 1))
def test_killed_at_a_step_boundary_the_same_call_carries_on(
    target: Database, connection: psycopg.Connection, number: int
) -> None:
    died = subprocess.run(
        [sys.executable, "-m", "tests.execution.doomed", target.url, str(number)], cwd=ROOT, check=False, timeout=60
    )
    assert died.returncode == -signal.SIGKILL
    outcome = deploy(make_plan(), database=target, settings=settings(wait=True, lease_s=LEASE_S))
    assert (outcome.deploy_id, outcome.state) == (1, "done")
    columns, constraints, indexes, versions, visits = shape(connection)
    assert columns == [
        ("customer", "id"),
        ("customer", "visits"),
        ("orders", "customer_id"),
        ("orders", "id"),
        ("orders", "note"),
    ]
    assert ("orders_customer", True) in constraints  # type: ignore[operator]
    assert indexes == [("orders_note", True), ("orders_pkey", True)]
    assert versions == [("r2",)]
    assert visits == [(number, 1) for number in range(1, 11)]
    assert {step.state for step in journal.steps(connection, 1)} == {"done"}


@pytest.mark.parametrize("cut", ["before", "after", "late"])
def test_a_commit_without_an_answer_is_looked_up(target: Database, connection: psycopg.Connection, cut: Cut) -> None:
    """Were it guessed, ADD COLUMN would be run twice and fail, or never."""
    events: list[Event] = []

    def lookup_waits() -> None:
        until_waiting_for_lock(connection, "%FROM online_migrate.step%FOR UPDATE%")

    with commit_cutter(target.url, cut, lookup_waits) as (url, proxy):
        outcome = deploy(only(ADD_COLUMN), database=Database(url), settings=settings(observer=events.append))
    assert (outcome.state, proxy.cuts) == ("done", 1)
    assert len([e for e in events if isinstance(e, Retrying)]) == 1
    assert ("orders", "note") in shape(connection)[0]  # type: ignore[operator]
    assert [step.state for step in journal.steps(connection, 1)] == ["done"]
