"""In which phase each operation runs, and behind what: the heart of "both versions keep working"."""

import pytest

from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Backfill
from online_migrate.planner.stamp import GATE, ID
from online_migrate.policy import Policy
from tests.planner.planning import catalog_of, in_order, phases_by_operation, plan_of

SCHEMA = (
    "CREATE TABLE team (id int PRIMARY KEY, name text, old text)",
    "CREATE TABLE users (id int PRIMARY KEY, team_id int, first text, last text, n int NOT NULL DEFAULT 0)",
    "CREATE INDEX ix_first ON users (first)",
    "CREATE UNIQUE INDEX uq_last ON users (last)",
    "CREATE VIEW names AS SELECT first FROM users",
    "CREATE TABLE child (team_id int REFERENCES team (id))",
)

CASES = {
    "rows are hidden once old code is gone": (
        ["CREATE POLICY p ON users USING (n = 1)", "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
         "CREATE POLICY q ON users AS RESTRICTIVE USING (n > 0)", "ALTER TABLE users DISABLE ROW LEVEL SECURITY"],
        ["expand", "contract", "contract", "contract"],
    ),
    "rights taken and partly given back change at once, behind the gate": (
        ["REVOKE ALL ON users FROM app", "GRANT SELECT ON users TO app", "GRANT SELECT ON users TO other"],
        ["", "contract", "expand"],
    ),
    "a trigger that is made again is never missing": (
        ["DROP TRIGGER a ON users", "ALTER TABLE users ADD COLUMN nick text",
         "CREATE TRIGGER a BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()"],
        ["", "expand", "migrate"],
    ),
    "filled column": (
        ["ALTER TABLE users ADD COLUMN whole text", "UPDATE users SET whole = first || last",
         "ALTER TABLE users ALTER whole SET NOT NULL", "ALTER TABLE users DROP COLUMN last"],
        ["expand", "expand+migrate+contract", "migrate", "contract"],
    ),
    "two updates that fill by condition do not cover NOT NULL": (
        ["ALTER TABLE users ADD COLUMN kind text", "UPDATE users SET kind = 'a' WHERE n = 1",
         "UPDATE users SET kind = 'b' WHERE n = 2", "ALTER TABLE users ALTER kind SET NOT NULL"],
        ["expand", "expand+migrate+contract", "migrate+contract", "contract"],
    ),
    "NOT NULL by hand, in the known four statements": (
        ["ALTER TABLE users ADD CONSTRAINT c CHECK (team_id IS NOT NULL) NOT VALID",
         "ALTER TABLE users VALIDATE CONSTRAINT c", "ALTER TABLE users ALTER team_id SET NOT NULL",
         "ALTER TABLE users DROP CONSTRAINT c"],
        ["contract", "contract", "contract", "contract"],
    ),
    "not null that old code may break": (["ALTER TABLE users ALTER team_id SET NOT NULL"], ["contract"]),
    "a table that is made late is renamed behind it": (
        ["ALTER TABLE users ALTER team_id SET NOT NULL", "CREATE TABLE staff () INHERITS (users)",
         "ALTER TABLE staff RENAME TO crew"],
        ["contract", "contract", "contract"],
    ),
    "drop and add again": (
        ["ALTER TABLE users DROP COLUMN last", "ALTER TABLE users ADD COLUMN last int"],
        ["contract", "contract"],
    ),
    "index of the same name": (
        ["DROP INDEX ix_first", "CREATE INDEX ix_first ON users (last)"],
        ["migrate", "migrate"],
    ),
    "index dropped for good": (["DROP INDEX ix_first"], ["contract"]),
    "index on a filled column is built after the rows": (
        ["ALTER TABLE users ADD COLUMN whole text", "UPDATE users SET whole = first",
         "CREATE INDEX ix_whole ON users (whole)", "CREATE INDEX ix_last ON users (last)"],
        ["expand", "expand+migrate+contract", "migrate", "expand"],
    ),
    "a unique index is a rule that new code may need gone": (["DROP INDEX uq_last"], ["migrate"]),
    "view in the way of a type change": (
        ["DROP VIEW names", "ALTER TABLE users ALTER first TYPE int USING 1", "CREATE VIEW names AS TABLE users"],
        ["migrate", "migrate", "migrate"],
    ),
    "view dropped for good": (["DROP VIEW names"], ["contract"]),
    "a column that was in the primary key": (
        ["ALTER TABLE team DROP CONSTRAINT team_pkey", "ALTER TABLE team DROP COLUMN id"],
        ["migrate", "migrate+contract"],
    ),
    "what is about a NOT NULL that waits for old code": (
        ["ALTER TABLE team ADD COLUMN k uuid NOT NULL", "COMMENT ON COLUMN team.k IS 'why'",
         "COMMENT ON CONSTRAINT team_k_not_null ON team IS 'why'", "ALTER TABLE team ALTER k SET DEFAULT f()",
         "ALTER TABLE team RENAME CONSTRAINT team_k_not_null TO n", "CREATE TABLE like_team (LIKE team)",
         "ALTER TABLE team ALTER k DROP NOT NULL", "ALTER TABLE team RENAME TO crew",
         "ALTER TABLE crew RENAME k TO key"],
        ["expand+contract", "expand", "contract", "expand", "contract", "contract", "contract", "migrate+contract",
         "contract"],
    ),
    "a NOT NULL that waits for old code has its name by then": (
        ["ALTER TABLE team ADD COLUMN k uuid NOT NULL", "ALTER TABLE team RENAME CONSTRAINT team_k_not_null TO n"],
        ["expand+contract", "contract"],
    ),
    "a NOT NULL that waits for old code is dropped by its name then": (
        ["ALTER TABLE team ADD COLUMN k uuid NOT NULL", "ALTER TABLE team DROP CONSTRAINT team_k_not_null"],
        ["expand+contract", "contract"],
    ),
    "a primary key on what old code leaves NULL": (
        ["ALTER TABLE team DROP CONSTRAINT team_pkey", "ALTER TABLE team ADD COLUMN k uuid NOT NULL",
         "ALTER TABLE team ADD CONSTRAINT team_pkey PRIMARY KEY (k)"],
        ["migrate", "expand+contract", "migrate+contract"],
    ),
    "default around a type change": (
        ["ALTER TABLE users ALTER n DROP DEFAULT", "ALTER TABLE users ALTER n TYPE text USING n::text",
         "ALTER TABLE users ALTER n SET DEFAULT '0'"],
        ["", "migrate+contract", ""],
    ),
    "default dropped for good": (["ALTER TABLE users ALTER n DROP DEFAULT"], ["contract"]),
    "index on a renamed column": (
        ["ALTER TABLE users RENAME last TO surname", "CREATE INDEX ix_surname ON users (surname)"],
        ["expand+migrate+contract", "contract"],
    ),
    "a function that is to use the new name": (
        ["ALTER TABLE users RENAME last TO surname",
         "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.Surname := 1; RETURN NEW; END'",
         "CREATE OR REPLACE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.first := 1; RETURN NEW; END'"],
        ["expand+migrate+contract", "contract", "expand"],
    ),
    "everything on a new table is at once": (
        ["CREATE TABLE badge (id int PRIMARY KEY, user_id int)", "CREATE INDEX ix_badge ON badge (user_id)",
         "ALTER TABLE badge ALTER user_id SET NOT NULL", "ALTER TABLE badge DROP COLUMN user_id"],
        ["expand", "expand", "expand", "expand"],
    ),
    "a new table that is filled": (
        ["CREATE TABLE badge (id int, user_id int)", "INSERT INTO badge SELECT id, id FROM users",
         "ALTER TABLE badge ADD CONSTRAINT pk_badge PRIMARY KEY (id)"],
        ["expand", "migrate", "migrate"],
    ),
    "a foreign key beside a removal on the table it references": (
        ["ALTER TABLE team DROP COLUMN old", "ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES team (id)"],
        ["contract", "migrate"],
    ),
    "a key that a foreign key rests on until contract drops it": (
        ["ALTER TABLE child DROP COLUMN team_id", "ALTER TABLE team ADD CONSTRAINT k UNIQUE (name)",
         "ALTER TABLE team ALTER id TYPE bigint", "ALTER TABLE team DROP CONSTRAINT team_pkey"],
        ["contract", "migrate", "contract", "contract"],
    ),
    "a key that a table rests on until contract drops it": (
        ["DROP TABLE child", "ALTER TABLE team ALTER name TYPE varchar(30)",
         "ALTER TABLE team DROP CONSTRAINT team_pkey"],
        ["contract", "expand+migrate+contract", "contract"],
    ),
    "what reads whole rows has not what contract drops": (
        ["ALTER TABLE team DROP COLUMN old", "CREATE TABLE a AS SELECT *, now() AS made FROM team",
         "INSERT INTO a (id) VALUES (1)", "SELECT row_to_json(t) INTO b FROM team t", "UPDATE users SET n = 1",
         "SELECT f(team.*) FROM team", "SELECT f(name) FROM team", "CREATE TABLE c AS SELECT name FROM team"],
        ["contract", "contract", "contract", "contract", "migrate", "contract", "migrate", "migrate"],
    ),
    "orphans go before the foreign key": (
        ["DELETE FROM users WHERE team_id NOT IN (SELECT id FROM team)",
         "ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team_id) REFERENCES team (id)"],
        ["migrate", "migrate"],
    ),
    "seeds beside a removal": (
        ["ALTER TABLE team DROP COLUMN old", "INSERT INTO team (id, name) VALUES (1, 'a')"],
        ["contract", "migrate"],
    ),
    "a table made anew under the same name": (
        ["DROP TABLE team", "CREATE TABLE team (id bigint PRIMARY KEY)"],
        ["contract", "contract"],
    ),
    "a table that is renamed waits for nothing that contract does to it": (
        ["ALTER TABLE users DROP COLUMN last", "ALTER TABLE users RENAME TO people", "ALTER TABLE people ADD x int"],
        ["contract", "migrate+contract", "migrate"],
    ),
    "a column of the same name, under the table's new name": (
        ["ALTER TABLE users DROP COLUMN last", "ALTER TABLE users RENAME TO people",
         "ALTER TABLE people ADD COLUMN last int"],
        ["contract", "migrate+contract", "contract"],
    ),
    "a type that the view under the old name shows": (
        ["ALTER TABLE team RENAME TO crew", "ALTER TABLE crew ALTER name TYPE varchar(30)",
         "ALTER TABLE crew ALTER COLUMN id SET DEFAULT 1"],
        ["migrate+contract", "contract", "migrate"],
    ),
    "the name of a table that is dropped": (
        ["DROP TABLE team", "ALTER TABLE users RENAME TO team", "ALTER TABLE team ADD COLUMN x int"],
        ["contract", "contract", "contract"],
    ),
    "the old name for another table": (
        ["ALTER TABLE team RENAME TO crew", "CREATE TABLE team (id int)", "INSERT INTO team VALUES (1)"],
        ["migrate", "migrate", "migrate"],
    ),
    "a column of the plan's own that triggers fill": (
        ["ALTER TABLE users ADD COLUMN whole text", "UPDATE users SET whole = first",
         "ALTER TABLE users RENAME whole TO full_name"],
        ["expand", "expand+migrate+contract", "contract"],
    ),
    "a column of the plan's own that nothing fills": (
        ["ALTER TABLE users ADD COLUMN whole text", "ALTER TABLE users RENAME whole TO full_name"],
        ["expand", "migrate"],
    ),
    "what cannot be looked into is a barrier before the gate": (
        ["ALTER TABLE team DROP COLUMN old", "DO $$BEGIN PERFORM 1; END$$", "ALTER TABLE users ADD COLUMN x int"],
        ["contract", "migrate", "migrate"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_operation_has_its_phase(case: str) -> None:
    statements, phases = CASES[case]
    assert phases_by_operation(plan_of(catalog_of(*SCHEMA), *statements)) == phases


def test_alembic_version_moves_last_and_the_gate_opens_contract() -> None:
    plan = plan_of(catalog_of(*SCHEMA), "ALTER TABLE users DROP COLUMN last", "ALTER TABLE users ADD COLUMN x int")
    assert plan.phase(PhaseName.MIGRATE).steps[-1].id == ID
    assert plan.phase(PhaseName.CONTRACT).steps[0] == GATE


def test_there_is_no_gate_where_nothing_is_behind_it() -> None:
    plan = plan_of(catalog_of(*SCHEMA), "ALTER TABLE users ADD COLUMN x int")
    assert plan.phase(PhaseName.CONTRACT).steps == ()


def test_null_is_let_in_behind_the_drop_of_a_column_of_the_primary_key() -> None:
    catalog = catalog_of(*SCHEMA, "CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b))")
    plan = plan_of(catalog, "ALTER TABLE pair DROP COLUMN a", "ALTER TABLE pair ALTER b DROP NOT NULL")
    assert phases_by_operation(plan) == ["contract", "contract"]


def test_an_operation_that_is_held_back_is_told() -> None:
    plan = plan_of(catalog_of(*SCHEMA), *CASES["drop and add again"][0])
    (finding,) = plan.findings
    assert finding.startswith("add column on public.users waits for contract, behind a removal or rename it depends on")


def test_a_column_that_is_renamed_twice_is_told_to_get_its_last_name_late() -> None:
    plan = plan_of(catalog_of(*SCHEMA), "ALTER TABLE users RENAME last TO b", "ALTER TABLE users RENAME b TO c")
    (finding,) = plan.findings
    assert finding.startswith("rename column on public.users waits for contract")


def test_contract_begins_with_the_view_under_the_old_name_and_follows_the_table() -> None:
    plan = plan_of(
        catalog_of(*SCHEMA, "CREATE SCHEMA old"),
        "ALTER TABLE users DROP COLUMN first CASCADE",
        "ALTER TABLE users SET SCHEMA old",
        "ALTER TABLE old.users RENAME TO people",
    )
    assert [step.sql[-1] for step in plan.phase(PhaseName.CONTRACT).steps if step.sql] == [
        "DROP VIEW public.users",
        "DROP VIEW old.users",
        "DROP INDEX CONCURRENTLY old.ix_first",
        "ALTER TABLE old.people DROP first CASCADE",
    ]


def test_small_tables_are_run_as_written() -> None:
    small = catalog_of(*SCHEMA, table_bytes=8192)
    plan = plan_of(small, "CREATE INDEX ix_last ON users (last)", policy=Policy())
    assert [o.strategy for o in plan.operations] == ["as_written"]
    assert plan.operations[0].online


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE users ALTER n SET NOT NULL",
        "ALTER TABLE users ALTER n TYPE int",
        "ALTER TABLE users ALTER first DROP NOT NULL",
        "ALTER TABLE users DROP CONSTRAINT IF EXISTS users_first_key",
    ],
)
def test_nothing_is_run_where_nothing_would_change(statement: str) -> None:
    plan = plan_of(catalog_of(*SCHEMA), statement)
    (operation,) = plan.operations
    assert (operation.strategy, phases_by_operation(plan)) == ("already", [""])
    assert operation.notes[0].endswith("there is nothing to do.")


def test_a_primary_key_on_what_old_code_leaves_null_waits_on_small_tables_too() -> None:
    small = catalog_of(*SCHEMA, table_bytes=8192)
    statements, phases = CASES["a primary key on what old code leaves NULL"]
    assert phases_by_operation(plan_of(small, *statements, policy=Policy())) == phases


def test_a_primary_key_says_what_becomes_of_an_inherited_not_null() -> None:
    catalog = catalog_of(*SCHEMA, "CREATE TABLE heir (k int) INHERITS (team)")
    (operation,) = plan_of(catalog, "ALTER TABLE heir ADD PRIMARY KEY (id)").operations
    assert operation.notes[-1].startswith("The NOT NULL team_id_not_null is inherited; it becomes the table's own too")


def test_no_second_pass_of_an_update_that_reads_what_is_dropped_by_then() -> None:
    plan = plan_of(
        catalog_of(*SCHEMA),
        "ALTER TABLE users ADD COLUMN k int",
        "UPDATE users SET k = team.id FROM team WHERE team.name = users.last",
        "ALTER TABLE users DROP COLUMN last",
        "ALTER TABLE users ALTER k SET NOT NULL",
    )
    assert not [step for step in plan.phase(PhaseName.CONTRACT).steps if isinstance(step, Backfill)]


def test_small_tables_keep_old_codes_rows_filled_where_not_null_follows() -> None:
    small = catalog_of(*SCHEMA, table_bytes=8192)
    plan = plan_of(small, *CASES["filled column"][0], policy=Policy())
    assert [o.strategy for o in in_order(plan)] == ["as_written", "update", "set_not_null", "drop_column"]


@pytest.mark.parametrize(
    ("filled", "risk"), [([], "minimal"), (["INSERT INTO badge SELECT id, id FROM users"], "high")]
)
def test_a_foreign_key_of_a_new_table_reads_what_was_put_into_it(filled: list[str], risk: str) -> None:
    foreign_key = "ALTER TABLE badge ADD CONSTRAINT k FOREIGN KEY (user_id) REFERENCES users (id)"
    plan = plan_of(catalog_of(*SCHEMA), "CREATE TABLE badge (id int, user_id int)", *filled, foreign_key)
    assert in_order(plan)[-1].assessment.risk == risk


def test_the_riskiest_operation_comes_first() -> None:
    plan = plan_of(catalog_of(*SCHEMA), *CASES["filled column"][0])
    severities = [o.assessment.risk.severity for o in plan.operations]
    assert severities == sorted(severities, reverse=True)


def test_step_ids_are_unique() -> None:
    for statements, _ in CASES.values():
        plan = plan_of(catalog_of(*SCHEMA), *statements, *statements)
        ids = [step.id for phase in plan.phases for step in phase.steps]
        assert len(ids) == len(set(ids))
