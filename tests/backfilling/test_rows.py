"""Rows that are deleted or copied in batches: each once, exactly, whatever happens on the way."""

import random
from collections.abc import Callable

import psycopg

from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import Connect, Run, Traffic, keyset
from tests.backfilling.test_faults import kill_a_worker, scalar

SMALL = Policy(batch_rows=200, batch_rows_max=400, batch_target_ms=20)
DELETING = keyset(
    change="delete",
    update="DELETE FROM ONLY public.items WHERE id > $1 AND id <= $2 AND n % 3 = 0",
    update_from_start="DELETE FROM ONLY public.items WHERE id <= $1 AND n % 3 = 0",
    columns=("n", "pad", "total"),
    keeps_before_image=True,
)
COPYING = keyset(
    change="insert",
    update="INSERT INTO public.copied SELECT id, n FROM public.items WHERE id > $1 AND id <= $2",
    update_from_start="INSERT INTO public.copied SELECT id, n FROM public.items WHERE id <= $1",
    columns=(),
)
HASH = "SELECT sum(hashtextextended(items::text, 0)) FROM items"
KILLS = 8


def test_deleted_rows_come_back_exactly(items: psycopg.Connection, run: Run, undo: Callable[[Backfill], int]) -> None:
    items.execute("DROP TRIGGER zz_online_migrate_test ON items")
    items.execute("UPDATE items SET pad = CASE WHEN id % 2 = 0 THEN E'a\"b,{}\\n' END WHERE id < 100")
    before = scalar(items, HASH)
    assert run(DELETING, policy=SMALL) == 6666
    assert scalar(items, "SELECT count(*) FROM items WHERE n % 3 = 0") == 0
    items.execute("INSERT INTO items (id, n, pad) VALUES (3, 0, 'new')")
    assert undo(DELETING) == 1
    assert scalar(items, "SELECT pad FROM items WHERE id = 3") == "new"
    items.execute("UPDATE items SET n = 3, pad = NULL WHERE id = 3")
    assert scalar(items, HASH) == before


def test_rows_are_deleted_and_kept_beside_writers(
    items: psycopg.Connection, run: Run, second_connection: Connect, undo: Callable[[Backfill], int]
) -> None:
    update = "UPDATE items SET pad = 'y' WHERE id = %(id)s"
    delete = "DELETE FROM items WHERE id = %(id)s"
    with Traffic(second_connection, 2, update, delete) as traffic:
        gone = run(DELETING, policy=SMALL)
    left = scalar(items, "SELECT count(*) FROM items")
    assert left == 20000 - gone - traffic.rows[delete]
    assert scalar(items, "SELECT count(*) FROM items WHERE n % 3 = 0") == 0
    assert undo(DELETING) == 0
    assert scalar(items, "SELECT count(*) FROM items") == left + gone


def test_killed_processes_copy_each_row_exactly_once(items: psycopg.Connection, run: Run, database: str) -> None:
    items.execute("CREATE TABLE copied (id bigint, n int)")
    chance = random.Random(7)
    for _ in range(KILLS):
        kill_a_worker(COPYING, database, chance)
    assert scalar(items, "SELECT count(*) BETWEEN 1 AND 19999 FROM copied")
    assert run(COPYING) == 20000
    assert scalar(items, "SELECT count(*) FROM copied") == 20000
    assert scalar(items, "SELECT count(*) FROM copied JOIN items USING (id, n)") == 20000


def test_killed_processes_delete_what_they_keep(
    items: psycopg.Connection, run: Run, database: str, undo: Callable[[Backfill], int]
) -> None:
    items.execute("DROP TRIGGER zz_online_migrate_test ON items")
    before = scalar(items, HASH)
    chance = random.Random(8)
    for _ in range(KILLS):
        kill_a_worker(DELETING, database, chance)
    assert run(DELETING) == 6666
    assert undo(DELETING) == 0
    assert scalar(items, HASH) == before
