"""Rows that cannot be changed are left as they are and noted, where the policy says so; never silently."""

import psycopg
import pytest

from online_migrate.backfilling.bad_rows import skipped
from online_migrate.errors import BadRow, RowsLeft
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import Run, stripes

SKIP = Policy(on_bad_row="skip")
BOUNDS = {"stripes": "ctid >= $1::tid AND ctid < $2::tid AND id % 16 = $3", "keyset": "id > $1 AND id <= $2"}
BAD = (5, 6, 12345, 20000)


def step(method: str, expression: str) -> Backfill:
    """Fill items.total with an expression over n that fails for some rows."""
    differs = f"total IS DISTINCT FROM {expression}"
    return stripes(
        method=method,
        update=f"UPDATE public.items SET total = {expression} WHERE {BOUNDS[method]} AND {differs}",
        update_from_start=f"UPDATE public.items SET total = {expression} WHERE id <= $1 AND {differs}",
        remaining=f"SELECT count(*) FROM public.items WHERE {differs}",
    )


@pytest.fixture
def spoilt(items: psycopg.Connection) -> psycopg.Connection:
    items.execute("DROP TRIGGER zz_online_migrate_test ON items")
    items.execute("UPDATE items SET n = 0 WHERE id = ANY (%s)", [list(BAD)])
    return items


@pytest.mark.parametrize("method", BOUNDS)
@pytest.mark.parametrize("expression", ["100 / n", "n"], ids=["the expression fails", "a constraint fails"])
def test_bad_rows_are_left_and_noted_and_all_others_changed(
    spoilt: psycopg.Connection, run: Run, method: str, expression: str
) -> None:
    if expression == "n":
        spoilt.execute("ALTER TABLE items ADD CONSTRAINT positive CHECK (total > 0)")
    assert run(step(method, expression), policy=SKIP) == 20000 - len(BAD)
    left = spoilt.execute("SELECT array_agg(id::int ORDER BY id) FROM items WHERE total IS NULL").fetchone()
    assert left == (list(BAD),)
    rows = skipped(spoilt, 1)
    assert sorted(int(row.key["id"]) for row in rows) == list(BAD)
    assert {row.sqlstate for row in rows} == ({"23514"} if expression == "n" else {"22012"})
    assert all(row.message for row in rows)


def test_no_more_bad_rows_are_left_than_allowed(spoilt: psycopg.Connection, run: Run) -> None:
    with pytest.raises(BadRow, match="division by zero"):
        run(step("keyset", "100 / n"), policy=Policy(on_bad_row="skip", max_bad_rows=2))
    assert [row.key for row in skipped(spoilt, 1)] == [{"id": "5"}, {"id": "6"}]
    spoilt.execute("UPDATE items SET n = 1 WHERE id > 10000 AND n = 0")
    assert run(step("keyset", "100 / n"), policy=Policy(on_bad_row="skip", max_bad_rows=2)) == 19998


def test_skipped_rows_excuse_no_others(spoilt: psycopg.Connection, run: Run) -> None:
    spoilt.execute("ALTER TABLE items ADD CONSTRAINT positive CHECK (total > 0)")
    broken = step("stripes", "n")
    with pytest.raises(RowsLeft, match="1 rows"):
        run(stripes(update=broken.update, remaining=f"SELECT {len(BAD) + 1}"), policy=SKIP)
