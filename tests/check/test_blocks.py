"""DO blocks: what is in them is named and judged, and what cannot be known is said."""

import pytest

from online_migrate.plan.assessment import Assessment, Risk
from tests.planner.planning import catalog_of, plan_of

SCHEMA = ("CREATE TABLE users (id int PRIMARY KEY, name text)",)
OPAQUE = "The rest of it cannot be looked into"


def verdict(body: str) -> Assessment:
    """Return the verdict on a DO block of that body."""
    (planned,) = plan_of(catalog_of(*SCHEMA), f"DO $$ {body} $$").operations
    return planned.assessment


@pytest.mark.parametrize(
    ("body", "risk", "named"),
    [
        ("BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END", "minimal",
         "CREATE TYPE"),
        ("BEGIN ALTER TABLE users ADD COLUMN x int; END", "minimal", "ADD COLUMN on public.users"),
        ("BEGIN CREATE INDEX ix ON users (name); END", "high", "CREATE INDEX on public.users"),
        ("BEGIN UPDATE users SET name = 'a'; END", "very_high", "UPDATE on public.users"),
        ("BEGIN EXECUTE 'ALTER TABLE users DROP COLUMN name'; END", "moderate", "DROP COLUMN on public.users"),
        ("BEGIN IF NOT EXISTS (SELECT 1 FROM pg_class) THEN ALTER TABLE users ADD UNIQUE (name); END IF; END", "high",
         "ADD UNIQUE on public.users"),
        ("BEGIN CREATE TABLE t (a int); CREATE INDEX ON t (a); END", "minimal", "CREATE TABLE on public.t"),
    ],
)  # fmt: skip
def test_a_block_whose_statements_are_known_has_the_worst_of_their_verdicts(body: str, risk: str, named: str) -> None:
    found = verdict(body)
    assert (found.risk.value, found.opaque) == (risk, False)
    assert named in found.why


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("BEGIN ALTER TABLE users ADD COLUMN x int; PERFORM anything(); END", "ADD COLUMN on public.users"),
        ("DECLARE r record; BEGIN FOR r IN SELECT * FROM users LOOP EXECUTE format('DROP %s', r.x); END LOOP; END", ""),
        ("BEGIN CALL anything(); ALTER TABLE users DROP COLUMN name; END", "DROP COLUMN on public.users"),
        ("BEGIN UPDATE users SET name = ''; COMMIT; END", "UPDATE on public.users"),
    ],
)  # fmt: skip
def test_what_is_put_together_when_it_runs_is_not_known(body: str, named: str) -> None:
    found = verdict(body)
    assert (found.risk, found.opaque, found.migration_type) == (Risk.VERY_HIGH, True, "Opaque Code")
    assert OPAQUE in found.why
    assert named in found.why


def test_another_language_is_not_read() -> None:
    (planned,) = plan_of(catalog_of(*SCHEMA), "DO LANGUAGE plpython3u $$ import os $$").operations
    assert planned.assessment.opaque
