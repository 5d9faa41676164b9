"""A revision deployed in phases ends as the revision as written does, and abort takes every part of it back."""

from pathlib import Path

import pytest

from online_migrate.errors import NotReversible, Stopped
from online_migrate.execution.runner import Outcome
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.policy import Policy
from tests.differential import choice, harness
from tests.differential.harness import BEFORE_GATE
from tests.differential.scenario import Pair, Scenario


def _name(scenario: Scenario) -> str:
    return scenario.name


@pytest.fixture
def scenario(request: pytest.FixtureRequest, server_version: int) -> Scenario:
    """A scenario that this server can run."""
    chosen: Scenario = request.param
    if server_version < chosen.since:
        pytest.skip(f"needs PostgreSQL {chosen.since}")
    return chosen


@pytest.mark.parametrize("scenario", choice.some(0, 4), ids=_name, indirect=True)
def test_phase_by_phase(pair: Pair, scenario: Scenario, tmp_path: Path) -> None:
    plan = _prepare(pair, scenario, tmp_path, harness.ONLINE)
    harness.run(plan, pair.url, (PhaseName.EXPAND,))
    harness.run(None, pair.url, BEFORE_GATE)
    outcome = harness.run(None, pair.url, (PhaseName.CONTRACT,))
    assert not outcome.pending
    harness.assert_same(pair.naive, pair.online, scenario.ignore)


@pytest.mark.parametrize("scenario", choice.some(1, 8), ids=_name, indirect=True)
def test_small_tables_as_written(pair: Pair, scenario: Scenario, tmp_path: Path) -> None:
    plan = _prepare(pair, scenario, tmp_path, Policy())
    assert not harness.run(plan, pair.url).pending
    harness.assert_same(pair.naive, pair.online, scenario.ignore)


@pytest.mark.parametrize("scenario", choice.some(2, 16), ids=_name, indirect=True)
def test_undo_after_every_step(pair: Pair, scenario: Scenario, tmp_path: Path) -> None:
    """Up to the first step that cannot be put back; there abort says so and changes nothing."""
    harness.prepare(pair.online, scenario)
    plan = harness.make_plan(pair.online, scenario.revision, tmp_path)
    before = harness.state(pair.online)
    steps = harness.steps_of(plan, BEFORE_GATE)
    last = next((number for number, step in enumerate(steps) if not step.reversible), len(steps))
    for number in sorted({*(range(1, last) if choice.ALL else ()), last, min(last + 1, len(steps))} - {0}):
        if _stopped_after(plan, pair.url, number).state == "done":
            return
        if number <= last:
            harness.undo(pair.url)
            harness.assert_unchanged(pair.online, before, f"undone after {steps[number - 1].id}")
            continue
        reached = harness.state(pair.online)
        with pytest.raises(NotReversible):
            harness.undo(pair.url)
        harness.assert_unchanged(pair.online, reached, "an abort that is refused")


def _prepare(pair: Pair, scenario: Scenario, directory: Path, policy: Policy) -> Plan:
    """Make both databases, run the revision as written in one, and return the plan for the other."""
    harness.prepare(pair.naive, scenario)
    harness.prepare(pair.online, scenario)
    harness.run_as_written(pair.naive, scenario)
    return harness.make_plan(pair.online, scenario.revision, directory, policy)


def _stopped_after(plan: Plan, url: str, number: int) -> Outcome:
    """Run that many steps; return how far it came where it was not stopped before the gate."""
    try:
        return harness.run(plan, url, BEFORE_GATE, stop_after=number)
    except Stopped:
        return Outcome(deploy_id=None, state="running", pending=(), seconds=0.0)
