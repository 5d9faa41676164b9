"""Both versions of an application beside each other, while a release that was made up is deployed."""

from pathlib import Path

import psycopg

from online_migrate.plan.model import PhaseName
from tests.differential import harness
from tests.differential.harness import BEFORE_GATE
from tests.differential.versions import Version
from tests.oracle.judge import deploy, make_plan
from tests.oracle.releases import Release
from tests.oracle.sequence import run_setup

SECOND_OWN_ID = 1_000_000
TURNS = 8
"""How many turns of both versions there are at the gate, where both are deployed."""


def judge(release: Release, connection: psycopg.Connection, url: str, directory: Path) -> None:
    """Deploy the release: the old code runs until the contract phase, the new code from the gate on.

    Raises:
        AssertionError: a statement failed, read what it should not, or was lost.
    """
    run_setup(connection, release.setup)
    plan = make_plan(connection, (release.revision,), directory, harness.ONLINE)
    old, new = Version(url, release.old), Version(url, release.new, SECOND_OWN_ID)
    with old:
        deploy(plan, url, (PhaseName.EXPAND,))
        deploy(None, url, BEFORE_GATE)
        new.start()
        old.wait_for_turns(TURNS)
        new.wait_for_turns(TURNS)
    with new:
        deploy(None, url, (PhaseName.CONTRACT,))
    errors = [f"old code: {error}" for error in old.errors] + [f"new code: {error}" for error in new.errors]
    assert not errors, "\n".join(errors)
    assert old.turns, "the old code did not get to run"
    truth = connection.execute(release.truth.encode(), {"turns": old.turns + new.turns}).fetchone()
    assert truth == (True,), "rows were lost, or are not as they were written"
