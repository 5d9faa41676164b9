"""Before-images: exact with concurrent writers, put back only where nobody has written since."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from online_migrate.errors import BeforeImageInexact
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import Connect, Run, Traffic, keyset, stripes

Undo = Callable[[Backfill], int]
SNAPSHOT = "SELECT array_agg((id, n, pad, total)::text ORDER BY id) FROM items"


def rows(connection: psycopg.Connection) -> list[str]:
    found = connection.execute(SNAPSHOT).fetchone()
    assert found is not None
    return list(found[0])


STEPS = {
    "stripes": stripes(keeps_before_image=True),
    "keyset": keyset(keeps_before_image=True),
    "whole": keyset(method="whole", update="UPDATE public.items SET n = n + 1", keeps_before_image=True),
}


@pytest.mark.parametrize("method", STEPS)
def test_undo_restores_every_row_that_nobody_changed(
    items: psycopg.Connection, run: Run, undo: Undo, method: str
) -> None:
    items.execute("DROP TRIGGER zz_online_migrate_test ON items")
    items.execute("UPDATE items SET total = -5 WHERE id % 3 = 0")
    before = rows(items)
    assert run(STEPS[method], policy=Policy(batch_rows=500)) == 20000
    items.execute("UPDATE items SET n = -1, total = -1 WHERE id IN (7, 8)")
    items.execute("DELETE FROM items WHERE id = 9")
    assert undo(STEPS[method]) == 3
    after = rows(items)
    changed = {6, 7, 8}
    assert [row for place, row in enumerate(before) if place not in changed] == [
        row for place, row in enumerate(after) if place not in changed - {8}
    ]
    assert items.execute("SELECT count(*) FROM online_migrate.before_image").fetchone() == (0,)
    assert undo(STEPS[method]) == 0


def test_values_of_every_kind_come_back_exactly(connection: psycopg.Connection, run: Run, undo: Undo) -> None:
    connection.execute("""
        CREATE TYPE mood AS ENUM ('sad', 'not sad');
        CREATE TABLE items (id uuid, part char(4), a float8, b numeric, c json, d bytea, e mood, f text[],
                            g timestamptz, PRIMARY KEY (id, part));
        INSERT INTO items VALUES
            (md5('1')::uuid, 'ab', 0.1 + 0.2, '1.100', '{"b": 1,  "a": 2}', '\\x0001', 'not sad',
             '{"a,b",NULL}', now()),
            (md5('2')::uuid, 'a', 'NaN', 'Infinity', 'null', NULL, NULL, '{}', 'infinity'),
            (md5('3')::uuid, '', '-0', NULL, NULL, '', 'sad', '{{1,2}}', '1900-01-01')
    """)
    every = connection.execute("SELECT items::text FROM items ORDER BY id").fetchall()
    step = keyset(
        method="whole",
        key=("id", "part"),
        update="UPDATE items SET a = 1, b = 1, c = '1', d = '1', e = 'sad', f = '{1}', g = now()",
        columns=tuple("abcdefg"),
        keeps_before_image=True,
    )
    assert run(step) == 3
    assert connection.execute("SELECT items::text FROM items ORDER BY id").fetchall() != every
    assert undo(step) == 0
    assert connection.execute("SELECT items::text FROM items ORDER BY id").fetchall() == every


@pytest.mark.parametrize("method", STEPS)
def test_what_a_trigger_wrote_beside_is_put_back_where_nobody_has_written_since(
    items: psycopg.Connection, run: Run, undo: Undo, method: str
) -> None:
    items.execute("DROP TRIGGER zz_online_migrate_test ON items")
    items.execute("ALTER TABLE items ADD COLUMN changes integer, ADD COLUMN tags text[] DEFAULT '{a,NULL}'")
    items.execute("""
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.changes := coalesce(OLD.changes, 0) + 1; NEW.tags := OLD.tags || '{x}'; RETURN NEW; END $$;
        CREATE TRIGGER note BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION note()
    """)
    snapshot = "SELECT array_agg((id, n, pad, total, changes, tags)::text ORDER BY id) FROM items WHERE id <> 7"
    before = items.execute(snapshot).fetchone()
    step = replace(STEPS[method], beside=("changes", "tags"))
    assert run(step, policy=Policy(batch_rows=500)) == 20000
    items.execute("SET session_replication_role = replica")
    items.execute("UPDATE items SET changes = 50 WHERE id = 7")
    items.execute("RESET session_replication_role")
    assert undo(step) == 0
    assert items.execute(snapshot).fetchone() == before
    touched = items.execute("SELECT n, changes, tags FROM items WHERE id = 7").fetchone()
    assert touched is not None
    assert touched[1:] == (51, ["a", None])


def test_images_are_exact_beside_writers(
    items: psycopg.Connection, run: Run, undo: Undo, second_connection: Connect
) -> None:
    """Writers change `n` by 1,000,000 and lock keys: old and new of each image must differ by exactly one."""
    with Traffic(second_connection, 2, "UPDATE items SET n = n + 1000000 WHERE id = %(id)s"):
        assert run(keyset(keeps_before_image=True), policy=Policy(batch_rows=200, batch_target_ms=10)) == 20000
    wrong = items.execute(
        "SELECT count(*) FROM online_migrate.before_image WHERE new_values[1]::int <> old_values[1]::int + 1"
    ).fetchone()
    assert wrong == (0,)
    left_alone = undo(keyset(keeps_before_image=True))
    kept = items.execute("SELECT count(*) FROM items WHERE n % 1000000 <> id").fetchone()
    assert kept == (left_alone,)


def test_a_trigger_that_changes_other_rows_is_found(items: psycopg.Connection, run: Run) -> None:
    items.execute("""
        CREATE FUNCTION neighbour() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE items SET pad = 'touched' WHERE id = NEW.id + 1; RETURN NULL; END $$;
        CREATE TRIGGER neighbour AFTER UPDATE OF n ON items FOR EACH ROW WHEN (NEW.id = 500)
        EXECUTE FUNCTION neighbour()
    """)
    step = keyset(
        keeps_before_image=True,
        update="UPDATE public.items SET n = n + 1 WHERE id > $1 AND id <= $2 AND id <> 501",
        update_from_start="UPDATE public.items SET n = n + 1 WHERE id <= $1 AND id <> 501",
    )
    with pytest.raises(BeforeImageInexact):
        run(step)
