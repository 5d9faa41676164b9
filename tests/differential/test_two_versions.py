"""While a revision is deployed, code before it and code after it both work, and nothing they wrote is lost."""

from pathlib import Path

import psycopg
import pytest

from online_migrate.plan.model import PhaseName
from tests.differential import harness
from tests.differential.harness import BEFORE_GATE
from tests.differential.releases import RELEASES, Release
from tests.differential.versions import FIRST_OWN_ID, Version

SECOND_OWN_ID = 1_000_000
TURNS = 20
"""How many turns of both versions there are at the gate, where both are deployed."""


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.scenario.name)
def test_both_versions_work(database: str, connection: psycopg.Connection, release: Release, tmp_path: Path) -> None:
    """The old code runs until the contract phase, the new code from the gate on, and both beside each other there."""
    harness.prepare(connection, release.scenario)
    plan = harness.make_plan(connection, release.scenario.revision, tmp_path)
    old, new = Version(database, release.old), Version(database, release.new, SECOND_OWN_ID)
    with old:
        harness.run(plan, database, (PhaseName.EXPAND,))
        harness.run(None, database, BEFORE_GATE)
        new.start()
        old.wait_for_turns(TURNS)
        new.wait_for_turns(TURNS)
    with new:
        harness.run(None, database, (PhaseName.CONTRACT,))
    assert (old.errors, new.errors) == ([], [])
    assert old.turns
    count = connection.execute(b"SELECT count(*) FROM person WHERE id > %s", [FIRST_OWN_ID]).fetchone()
    assert count == (old.turns + new.turns,)
    assert connection.execute(release.truth.encode()).fetchone() == (True,)
