"""What abort can put back: the cases of the strategies' undo stop at the first step that says it cannot."""

from dataclasses import replace

import pytest

from online_migrate.plan.model import PhaseName
from tests.planner.planning import catalog_of, plan_of
from tests.strategies.cases import CASES

ALL_BACK = (
    "comments where there were others, and none",
    "rights given to those who have some already",
    "new functions",
)


@pytest.mark.parametrize("name", ALL_BACK)
def test_every_step_can_be_put_back(name: str) -> None:
    operations = next(case.operations for case in CASES if case.name == name)
    schema = (
        "CREATE TABLE people (id integer PRIMARY KEY, name text, email text, age integer)",
        "CREATE INDEX by_age ON people (age)",
        "ALTER TABLE people ADD CONSTRAINT known CHECK (name <> '')",
        "CREATE SEQUENCE counter",
        "CREATE SEQUENCE theirs",
        "CREATE VIEW names AS SELECT name FROM people",
        'CREATE VIEW "Na""mes" AS SELECT name FROM people',
    )
    others = ("COMMENT ON INDEX by_age IS 'x'", "COMMENT ON SEQUENCE counter IS 'x'")
    plan = plan_of(catalog_of(*schema), *operations, *others)
    steps = [step for phase in plan.phases for step in phase.steps]
    assert steps
    assert [step.id for step in steps if not step.reversible] == []


def test_a_function_that_was_there_before_is_brought_back_where_it_is_known() -> None:
    catalog = catalog_of("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    again = "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 2'"
    known, unknown = (plan_of(c, again) for c in (catalog, replace(catalog, functions={})))
    ((undo,),) = (step.undo for step in known.phase(PhaseName.EXPAND).steps)
    assert "OR REPLACE" in undo
    assert "SELECT 1" in undo
    assert not all(step.reversible for phase in unknown.phases for step in phase.steps)
