"""What abort can put back: the cases of the strategies' undo stop at the first step that says it cannot."""

import pytest

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


def test_a_function_that_was_there_before_cannot() -> None:
    schema = "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    plan = plan_of(catalog_of(schema), "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 2'")
    assert not all(step.reversible for phase in plan.phases for step in phase.steps)
