"""Which DELETE and INSERT ... SELECT is cut into batches, and why another is not."""

import psycopg
import pytest

from online_migrate.plan.steps import Backfill
from tests.strategies import lifecycle
from tests.strategies.lifecycle import Case
from tests.strategies.rows import COPIED, DELETED, NULLS_OF_ANOTHER, NULLS_THAT_STAY, WRITTEN_AGAIN

CASES = {case.name: case for case in (*DELETED, *COPIED)}
WHOLE = {
    "delete duplicates before a unique key": "depends on other rows",
    "delete a tree": "Foreign keys",
    "delete from a table without a key": "no unique key",
    "delete under a trigger for the statement": "A trigger",
    "insert an aggregate": "do not come one by one",
    "insert what is not there yet": "It reads the table that it writes to",
    "insert into the table itself": "It reads the table that it writes to",
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_is_cut_where_that_comes_to_the_same(connection: psycopg.Connection, case: Case) -> None:
    lifecycle.prepare(connection, case)
    plan = lifecycle.plan(connection, case)
    written = [o for o in plan.operations if o.kind in ("delete", "insert") and any("as written" in n for n in o.notes)]
    walked = [s for s in lifecycle.steps_of(plan) if isinstance(s, Backfill) and s.change != "update"]
    assert bool(walked) != bool(written)
    assert case.name in WHOLE if written else case.name not in WHOLE
    for operation in written[:1]:
        assert any(WHOLE[case.name] in note for note in operation.notes)


def test_deleted_rows_are_kept_where_nothing_else_goes(connection: psycopg.Connection) -> None:
    kept = {}
    for name in ("delete all rows", "delete with what refers to it"):
        lifecycle.prepare(connection, CASES[name])
        (step,) = lifecycle.steps_of(lifecycle.plan(connection, CASES[name]))
        kept[name] = isinstance(step, Backfill) and step.keeps_before_image and step.reversible
        connection.execute("DROP TABLE people CASCADE; DROP TABLE orders")
    assert kept == {"delete all rows": True, "delete with what refers to it": False}


def test_rows_that_are_only_written_again_are_walked_by_the_key_that_is_assigned(
    connection: psycopg.Connection,
) -> None:
    lifecycle.prepare(connection, WRITTEN_AGAIN)
    plan = lifecycle.plan(connection, WRITTEN_AGAIN)
    (step,) = lifecycle.steps_of(plan)
    assert isinstance(step, Backfill)
    assert (step.method, step.key, step.columns) == ("keyset", ("id",), ())
    assert step.purpose == "write the rows again as they are in batches"
    assert "visits" not in {lock.relation.name for lock in plan.operations[0].assessment.locks}


@pytest.mark.parametrize(("case", "method"), [(NULLS_OF_ANOTHER, "whole"), (NULLS_THAT_STAY, "stripes")])
def test_without_a_key_only_nulls_of_its_own_are_changed_page_by_page(
    connection: psycopg.Connection, case: Case, method: str
) -> None:
    lifecycle.prepare(connection, case)
    (step,) = lifecycle.steps_of(lifecycle.plan(connection, case))
    assert isinstance(step, Backfill)
    assert step.method == method
