"""Every strategy ends in what the naive form ends in, says truly what it did, and can be undone from everywhere."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from online_migrate.plan.steps import Ddl, Validate
from tests import compare
from tests.strategies import lifecycle
from tests.strategies.cases import CASES
from tests.strategies.lifecycle import Case

Pair = tuple[psycopg.Connection, psycopg.Connection]


@pytest.fixture
def pair(create_database: Callable[[], str]) -> Iterator[Pair]:
    """Two databases: one for the naive form, one for the steps."""
    with (
        psycopg.connect(create_database(), autocommit=True) as naive,
        psycopg.connect(create_database(), autocommit=True) as online,
    ):
        yield naive, online


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest, server_version: int) -> Case:
    """Each case that this server can run."""
    chosen: Case = request.param
    if server_version < chosen.since:
        pytest.skip(f"needs PostgreSQL {chosen.since}")
    return chosen


def test_ends_in_what_the_naive_form_ends_in(
    pair: Pair, case: Case, record_property: Callable[[str, object], None]
) -> None:
    naive, online = pair
    lifecycle.prepare(naive, case)
    lifecycle.prepare(online, case)
    lifecycle.run_naively(naive, case)
    steps = lifecycle.steps_of(lifecycle.plan(online, case))
    for step in steps:
        lifecycle.run(online, step)
    # Counted by `make matrix`.
    record_property("steps", sum(isinstance(step, Ddl | Validate) for step in steps))
    compare.assert_same(naive, online, ignore=case.ignore)


def test_can_be_undone_after_every_step(connection: psycopg.Connection, case: Case) -> None:
    lifecycle.prepare(connection, case)
    steps = lifecycle.steps_of(lifecycle.plan(connection, case))
    assert len({step.id for step in steps}) == len(steps)
    lifecycle.check_undo(connection, steps)
