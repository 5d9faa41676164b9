"""Updates stay HOT where they can; who prevents it is named, and waited for as long as the policy says."""

import psycopg
import pytest

from online_migrate.backfilling.hot import BATCHES, HotShare
from online_migrate.events import Event, Held
from online_migrate.policy import Policy
from tests.backfilling.conftest import Connect, Run, stripes

SMALL = Policy(batch_rows=100, batch_rows_max=200)


def share_of_hot(connection: psycopg.Connection) -> float:
    found = connection.execute("SELECT rows_hot::float8 / rows_done FROM online_migrate.backfill").fetchone()
    assert found is not None
    return float(found[0])


def test_the_share_is_low_only_after_enough_batches() -> None:
    share = HotShare()
    for _ in range(BATCHES - 1):
        share = share.after(100, 29)
        assert not share.is_low
    assert share.after(100, 29).is_low
    assert not share.after(100, 60).is_low


@pytest.mark.parametrize("workers", [1, 2])
def test_most_updates_are_hot(items: psycopg.Connection, run: Run, workers: int) -> None:
    run(stripes(), policy=Policy(workers=workers))
    assert share_of_hot(items) > 0.6


def test_an_index_on_the_column_leaves_none_hot_and_nobody_is_waited_for(items: psycopg.Connection, run: Run) -> None:
    items.execute("CREATE INDEX ON items ((total + 1))")
    events: list[Event] = []
    run(stripes(), policy=SMALL, observer=events.append)
    assert share_of_hot(items) == 0
    assert not [event for event in events if isinstance(event, Held)]


def test_who_keeps_dead_rows_is_named_and_waited_for(
    items: psycopg.Connection, run: Run, second_connection: Connect
) -> None:
    reader = second_connection()
    reader.execute("SET application_name = 'an old report'")
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT 1")
    reasons: list[str | None] = []
    journaled: list[object] = []

    def observe(event: Event) -> None:
        if isinstance(event, Held):
            reasons.append(event.reason)
            journaled.append(items.execute("SELECT reason FROM online_migrate.backfill").fetchone())
            reader.execute("COMMIT")

    run(stripes(), policy=SMALL, observer=observe)
    assert len(reasons) == 2
    assert "an old report" in str(reasons[0])
    assert "dead rows" in str(reasons[0])
    assert reasons[1] is None
    assert journaled == [(reasons[0],), (None,)]


def test_nobody_is_waited_for_longer_than_the_policy_says(
    items: psycopg.Connection, run: Run, second_connection: Connect
) -> None:
    reader = second_connection()
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT 1")
    assert run(stripes(), policy=Policy(horizon_wait_s=0, batch_rows=100, batch_rows_max=200)) == 20000
    assert share_of_hot(items) < 0.3
