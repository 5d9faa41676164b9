"""Revisions nobody thought of end as written, too."""

from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.differential import choice, harness
from tests.differential.generated import revisions, setups
from tests.differential.scenario import Pair, Scenario

_CLEAR = """
    DROP SCHEMA IF EXISTS online_migrate CASCADE;
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public;
"""


@pytest.mark.timeout(600 if not choice.ALL else 7200)
@settings(
    max_examples=choice.EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(setup=setups(), revision=revisions())
def test_a_generated_revision_ends_as_written(pair: Pair, tmp_path: Path, setup: str, revision: str) -> None:
    scenario = Scenario(name="generated", setup=setup, revision=revision)
    for connection in (pair.naive, pair.online):
        connection.execute(_CLEAR)
        harness.prepare(connection, scenario)
    try:
        harness.run_as_written(pair.naive, scenario)
    except psycopg.Error:
        assume(False)
    plan = harness.make_plan(pair.online, revision, tmp_path)
    assert not harness.run(plan, pair.url).pending
    harness.assert_same(pair.naive, pair.online)
