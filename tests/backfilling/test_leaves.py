"""Leaves of a partitioned table that are attached while its backfill runs."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from online_migrate.events import BatchDone, Event
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Backfill
from tests.backfilling.conftest import Run, keyset, stripes

ROOT = RelationName("public", "orders")
EARLY = RelationName("public", "early")
TABLES = """
    CREATE TABLE orders (id bigint PRIMARY KEY, n int NOT NULL, total int) PARTITION BY RANGE (id);
    CREATE TABLE early PARTITION OF orders FOR VALUES FROM (0) TO (10000);
    INSERT INTO orders SELECT i, i FROM generate_series(1, 9999) i;
    CREATE TABLE late (total int, n int NOT NULL, id bigint NOT NULL);
    INSERT INTO late SELECT NULL, i, i FROM generate_series(10000, 10999) i
"""


def in_stripes() -> Backfill:
    differs = "o.total IS DISTINCT FROM o.n * 2"
    window = "o.ctid >= $1::tid AND o.ctid < $2::tid AND o.id % 16 = $3"
    return stripes(
        table="early",
        update=f"UPDATE ONLY public.early AS o SET total = o.n * 2 WHERE {window} AND {differs}",
        remaining=f"SELECT count(*) FROM ONLY public.early AS o WHERE {differs}",
    )


def by_key() -> Backfill:
    return keyset(
        table="early",
        update="UPDATE public.early SET total = early.n * 2 WHERE (early.id) > ($1) AND (public.early.id) <= ($2)",
        update_from_start="UPDATE public.early SET total = n * 2 WHERE id <= $1",
        columns=("total",),
    )


@pytest.mark.parametrize("make", [in_stripes, by_key])
def test_a_leaf_attached_on_the_way_is_walked_too(
    connection: psycopg.Connection, run: Run, undo: Callable[[Backfill], int], make: Callable[[], Backfill]
) -> None:
    connection.execute(TABLES)
    step = replace(make(), root=ROOT, leaves=(EARLY,), keeps_before_image=True)
    attached: list[Event] = []

    def attach(event: Event) -> None:
        if isinstance(event, BatchDone) and not attached:
            attached.append(event)
            connection.execute("ALTER TABLE orders ATTACH PARTITION late FOR VALUES FROM (10000) TO (11000)")

    assert run(step, observer=attach) == 10999
    left = "SELECT count(*) FROM orders WHERE total IS DISTINCT FROM n * 2"
    assert connection.execute(left).fetchone() == (0,)
    assert run(step) == 10999
    assert undo(step) == 0
    assert connection.execute("SELECT count(*) FROM orders WHERE total IS NULL").fetchone() == (10999,)
    assert connection.execute("SELECT count(*) FROM online_migrate.backfill").fetchone() == (0,)
