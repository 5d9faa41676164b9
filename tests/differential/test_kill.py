"""Killed again and again, at the boundaries of steps and batches and at any moment, a deploy ends as written."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.differential import choice, harness
from tests.differential.doomed import LEASE_S
from tests.differential.scenario import Pair, Scenario
from tests.differential.scenarios.all import SCENARIOS

ROOT = Path(__file__).parents[2]
NAMES = ("each row once", "fill by two conditions and tighten", "a key made wider, with what refers to it")
MOMENTS_S = (0.7, 0.9, 1.1, 1.3)
"""After the start of a process that takes about 0.7 s to begin."""

LAST = 99
"""No deploy of these has as many events, so that the last process is not killed."""

_KILLED = [scenario for scenario in SCENARIOS if choice.ALL or scenario.name in NAMES]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", _KILLED, ids=lambda scenario: scenario.name)
def test_killed_after_a_few_events_more_each_time(pair: Pair, scenario: Scenario, tmp_path: Path) -> None:
    _prepare(pair, scenario)
    script = _script(scenario, tmp_path)
    for number in range(1, LAST, 2):
        if _start(pair.url, script, number).wait(60) == 0:
            break
    harness.assert_same(pair.naive, pair.online, scenario.ignore)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", _KILLED[:2], ids=lambda scenario: scenario.name)
def test_killed_at_any_moment(pair: Pair, scenario: Scenario, tmp_path: Path) -> None:
    _prepare(pair, scenario)
    script = _script(scenario, tmp_path)
    for moment_s in MOMENTS_S:
        process = _start(pair.url, script, 0)
        try:
            process.wait(moment_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    plan = None
    if not harness.has_begun(pair.online):
        plan = harness.make_plan(pair.online, scenario.revision, tmp_path)
    harness.run(plan, pair.url, lease_s=LEASE_S)
    harness.assert_same(pair.naive, pair.online, scenario.ignore)


def _prepare(pair: Pair, scenario: Scenario) -> None:
    harness.prepare(pair.naive, scenario)
    harness.prepare(pair.online, scenario)
    harness.run_as_written(pair.naive, scenario)


def _script(scenario: Scenario, directory: Path) -> Path:
    script = directory / "to_deploy.sql"
    script.write_text(scenario.revision, encoding="utf-8")
    return script


def _start(url: str, script: Path, number: int) -> "subprocess.Popen[bytes]":
    """Deploy in a process that kills itself at that event; 0 never."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.differential.doomed", url, str(script), str(number)], cwd=ROOT
    )
