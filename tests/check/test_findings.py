"""Each rule of the review speaks where it should, and keeps silent where something close by is right."""

from dataclasses import replace

import pytest

from online_migrate.plan.model import Plan
from online_migrate.plan.names import RelationName
from online_migrate.planner.assumed import plan_each
from online_migrate.planner.build import build
from tests.planner.planning import ONLINE, catalog_of, plan_of

SCHEMA = (
    "CREATE TABLE team (id bigint PRIMARY KEY, name text)",
    "CREATE TABLE badge (id int PRIMARY KEY)",
    "CREATE TABLE users (id int PRIMARY KEY, team_id bigint, badge_id int, first text, last text, n int)",
    "CREATE INDEX ix_first_last ON users (first, last)",
    "CREATE INDEX ix_team ON users (team_id)",
    "CREATE INDEX ix_badge ON users (badge_id)",
    "CREATE UNIQUE INDEX ix_n ON users (n)",
)
LONG = "a" * 63

SPEAKS = {
    "redundant-index": [
        ["CREATE INDEX ix ON users (first)"],
        ["CREATE INDEX ix ON users (first, last)"],
        ["CREATE INDEX ix ON users USING btree (first ASC, last)"],
        ["CREATE INDEX ix ON users (id)"],
        ["CREATE INDEX ix ON users (badge_id, n)"],
        ["CREATE UNIQUE INDEX ix ON users (n)"],
        ["CREATE TABLE t (a int UNIQUE)", "CREATE INDEX ix ON t (a)"],
    ],
    "foreign-key-without-index": [
        ["ALTER TABLE users ADD FOREIGN KEY (n, id) REFERENCES badge (id, id)"],
        ["CREATE TABLE t (a int REFERENCES badge)"],
        ["ALTER TABLE users ADD COLUMN boss int REFERENCES users"],
        ["ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES team", "DROP INDEX ix_team"],
    ],
    "mismatched-foreign-key": [["ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES team"]],
    "short-primary-key": [
        ["CREATE TABLE t (id smallserial PRIMARY KEY)"],
        ["CREATE TABLE t (id smallint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (id))"],
    ],
    "json-not-jsonb": [["ALTER TABLE users ADD COLUMN j json"], ["CREATE TABLE t (a int, j json)"]],
    "if-not-exists-hides-index": [
        ["CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON users (last)"],
        ["CREATE INDEX IF NOT EXISTS ix_team ON users (last)"],
    ],
    "rename-in-disguise": [
        ["ALTER TABLE users ADD COLUMN surname text", "ALTER TABLE users DROP COLUMN last"],
        ["ALTER TABLE users DROP COLUMN n", "ALTER TABLE users ADD COLUMN number integer"],
    ],
    "identifier-too-long": [[f"CREATE INDEX {LONG} ON users (last)"], [f"ALTER TABLE users ADD COLUMN {LONG}bcd int"]],
    "several-foreign-keys": [
        ["ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES team",
         "ALTER TABLE users ADD FOREIGN KEY (badge_id) REFERENCES badge"],
        ["CREATE TABLE t (a int REFERENCES badge)", "CREATE TABLE u (b bigint REFERENCES team)"],
    ],
    "scan-after-lock": [
        ["ALTER TABLE users ADD COLUMN x int", "UPDATE users SET x = n"],
        ["ALTER TABLE badge ADD COLUMN x int", "CREATE INDEX ix ON users (last)"],
    ],
    "refused-by-postgresql": [
        ["CREATE TABLE t (a bigint REFERENCES team)", "DROP TABLE team"],
    ],
    "made-and-removed": [
        ["ALTER TABLE users ADD COLUMN a int", "ALTER TABLE users DROP COLUMN a"],
        ["ALTER TABLE users ADD COLUMN a int", "ALTER TABLE users RENAME a TO b", "ALTER TABLE users RENAME TO people",
         "ALTER TABLE people DROP COLUMN b"],
        ["CREATE TABLE t (a int)", "CREATE INDEX ix ON t (a)", "DROP TABLE t"],
        ["CREATE INDEX ix ON users (last)", "ALTER INDEX ix RENAME TO iy", "DROP INDEX iy"],
        ["ALTER TABLE users ADD CONSTRAINT k CHECK (n > 0)", "ALTER TABLE users DROP CONSTRAINT k"],
    ],
    "table-locked-repeatedly": [
        ["ALTER TABLE users ADD COLUMN a int", "ALTER TABLE users ADD COLUMN b int",
         "ALTER TABLE users ALTER n SET DEFAULT 1"],
    ],
}  # fmt: skip
SILENT = {
    "refused-by-postgresql": [
        ["CREATE TABLE t (a bigint REFERENCES team)", "DROP TABLE team CASCADE"],
        ["CREATE TABLE t (a bigint REFERENCES team)", "DROP TABLE team", "DROP TABLE t"],
        ["CREATE TABLE t (a bigint REFERENCES team, b text)", "ALTER TABLE t DROP COLUMN a", "DROP TABLE team"],
        ["DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$", "DROP TABLE team"],
    ],
    "redundant-index": [
        ["CREATE INDEX ix ON users (last)"],
        ["CREATE INDEX ix ON users (first DESC)"],
        ["CREATE INDEX ix ON users (first text_pattern_ops)"],
        ["CREATE INDEX ix ON users (first) WHERE last IS NULL"],
        ["CREATE INDEX ix ON users USING hash (first)"],
        ["CREATE INDEX ix ON users (first) INCLUDE (n)"],
        ["CREATE UNIQUE INDEX ix ON users (first)"],
        ["DROP INDEX ix_first_last", "CREATE INDEX ix_first_last ON users (first)"],
        ["CREATE UNIQUE INDEX ix ON users (lower(first))"],
    ],
    "foreign-key-without-index": [
        ["ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES team"],
        ["ALTER TABLE users ADD COLUMN boss int REFERENCES users", "CREATE INDEX ix ON users (boss)"],
        ["CREATE TABLE t (a int PRIMARY KEY REFERENCES badge)"],
    ],
    "mismatched-foreign-key": [["ALTER TABLE users ADD FOREIGN KEY (badge_id) REFERENCES badge"],
                               ["ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES badge"]],
    "short-primary-key": [["CREATE TABLE t (id serial PRIMARY KEY)"], ["CREATE TABLE t (id smallint PRIMARY KEY)"]],
    "json-not-jsonb": [["ALTER TABLE users ADD COLUMN j jsonb"]],
    "if-not-exists-hides-index": [
        ["CREATE INDEX CONCURRENTLY ix ON users (last)"],
        ["CREATE INDEX IF NOT EXISTS ix_team ON users (team_id)"],
    ],
    "rename-in-disguise": [
        ["ALTER TABLE users ADD COLUMN surname text", "UPDATE users SET surname = last",
         "ALTER TABLE users DROP COLUMN last"],
        ["ALTER TABLE users ADD COLUMN age int", "ALTER TABLE users DROP COLUMN last"],
        ["ALTER TABLE users ADD COLUMN a text", "ALTER TABLE users ADD COLUMN b text",
         "ALTER TABLE users DROP COLUMN last"],
        ["ALTER TABLE users DROP COLUMN last", "ALTER TABLE users ADD COLUMN last text"],
    ],
    "identifier-too-long": [[f"CREATE INDEX {LONG[:62]} ON users (last)"],
                            [f"UPDATE users SET last = '{LONG}'"]],
    "several-foreign-keys": [
        ["ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES team"],
        ["CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (a int REFERENCES t, b int REFERENCES t)"],
    ],
    "scan-after-lock": [
        ["CREATE INDEX ix ON users (last)", "ALTER TABLE users ADD COLUMN x int"],
        ["ALTER TABLE users ADD COLUMN x int", "CREATE INDEX CONCURRENTLY ix ON users (last)"],
        ["CREATE TABLE t (a int)", "CREATE INDEX ix ON t (a)"],
    ],
    "made-and-removed": [
        ["ALTER TABLE users DROP COLUMN n", "ALTER TABLE users ADD COLUMN n text"],
        ["ALTER TABLE users ADD COLUMN a int", "ALTER TABLE users RENAME a TO b", "ALTER TABLE users ADD COLUMN a int"],
        ["CREATE TABLE t (a int)", "DROP TABLE team"],
    ],
    "table-locked-repeatedly": [
        ["ALTER TABLE users ADD COLUMN a int", "ALTER TABLE users ADD COLUMN b int"],
        ["CREATE TABLE t (a int)", "ALTER TABLE t ADD b int", "ALTER TABLE t ADD c int", "ALTER TABLE t ADD d int"],
    ],
}  # fmt: skip


def codes(*statements: str) -> set[str]:
    """Return the codes of the findings of a plan of some statements."""
    return {f.code for f in plan_of(catalog_of(*SCHEMA), *statements).finding_details}


@pytest.mark.parametrize(("code", "statements"), [(c, s) for c, cases in SPEAKS.items() for s in cases])
def test_it_speaks(code: str, statements: list[str]) -> None:
    assert code in codes(*statements)


@pytest.mark.parametrize(("code", "statements"), [(c, s) for c, cases in SILENT.items() for s in cases])
def test_it_is_silent(code: str, statements: list[str]) -> None:
    assert code not in codes(*statements)


def test_a_plan_of_one_safe_statement_has_no_finding() -> None:
    assert plan_of(catalog_of(*SCHEMA), "ALTER TABLE users ADD COLUMN x int").findings == ()


def test_a_column_that_the_models_map_is_not_dropped_unsaid() -> None:
    live = catalog_of(*SCHEMA)
    (planned, *_) = plan_of(live, "ALTER TABLE users DROP COLUMN last").operations
    for mapped, expected in (({"last", "id"}, ["column-still-mapped"]), ({"id"}, [])):
        plan = build([planned.operation], live, ONLINE, mapped={RelationName("public", "users"): frozenset(mapped)})
        assert [f.code for f in plan.finding_details] == expected


@pytest.mark.parametrize(
    ("column", "last_value", "told"),
    [
        ("id serial PRIMARY KEY", 1_600_000_000, True),
        ("id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", 30_000, True),
        ("id int PRIMARY KEY, code smallserial", 30_000, True),
        ("id serial PRIMARY KEY", 1_000_000_000, False),
        ("id bigserial PRIMARY KEY", 1_600_000_000, False),
    ],
)
def test_a_key_that_runs_out_is_told(column: str, last_value: int, told: bool) -> None:
    live = catalog_of(f"CREATE TABLE t ({column}, a int)")
    live = replace(live, last_values=dict.fromkeys(live.sequences, last_value))
    statements = ("ALTER TABLE t ADD COLUMN b int",)
    assert ("key-near-its-limit" in {f.code for f in plan_of(live, *statements).finding_details}) == told
    mended = plan_of(live, "ALTER TABLE t ALTER id TYPE bigint", "ALTER TABLE t ALTER a TYPE bigint")
    told_still = "code" in column
    assert ("key-near-its-limit" in {f.code for f in mended.finding_details}) == told_still


def test_a_key_that_runs_out_by_its_rows() -> None:
    live = catalog_of("CREATE TABLE t (id serial PRIMARY KEY, a int)", table_bytes=200 * 2**30)
    assert "key-near-its-limit" in {f.code for f in plan_of(live, "ALTER TABLE t ADD COLUMN b int").finding_details}


def test_sentences_and_details_say_the_same() -> None:
    plan: Plan = plan_of(catalog_of(*SCHEMA), "CREATE INDEX ix ON users (first)")
    (finding,) = plan.finding_details
    assert plan.findings == (f"{finding.what} {finding.do}",)


def test_without_a_database_each_revision_stands_alone() -> None:
    plan = plan_of(catalog_of(), "CREATE TABLE t (a int)", "CREATE INDEX ix ON t (a)")
    first, second = (o.operation for o in sorted(plan.operations, key=lambda o: o.operation.id))
    (alone,) = plan_each([first, second], catalog_of(), ONLINE)
    assert {o.assessment.risk.value for o in alone.operations} == {"minimal"}
    later = plan_of(catalog_of(), "CREATE INDEX ix ON t (a)", revisions=("r2",)).operations[0].operation
    apart = [p.max_risk.value for p in plan_each([first, later], catalog_of(), ONLINE)]
    assert apart == ["minimal", "high"]
