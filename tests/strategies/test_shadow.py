"""What code of both versions sees while a second column stands beside one, and where none can stand."""

import psycopg
import pytest

from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Backfill, CutOver, Step
from tests.strategies import lifecycle
from tests.strategies.lifecycle import Case
from tests.strategies.renames import RENAMES

PERSON = """
    CREATE TABLE person (id integer PRIMARY KEY, age integer DEFAULT 1, code uuid DEFAULT gen_random_uuid(),
        score integer NOT NULL CHECK (score > 0));
    INSERT INTO person (id, age, score) SELECT i, i, i FROM generate_series(1, 20) i;
"""


def _run(connection: psycopg.Connection, statement: str, setup: str = PERSON) -> tuple[Step, ...]:
    """Run the steps before the gate; return all."""
    case = Case(name="", setup=setup, operations=(statement,))
    lifecycle.prepare(connection, case)
    plan = lifecycle.plan(connection, case)
    for step in (step for phase in plan.phases[:2] for step in phase.steps):
        lifecycle.run(connection, step)
    assert all(operation.online for operation in plan.operations)
    return lifecycle.steps_of(plan)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("INSERT INTO person (id, score) VALUES (21, 1)", (1, 1)),
        ("INSERT INTO person (id, score, age) VALUES (21, 1, 7)", (7, 7)),
        ("INSERT INTO person (id, score, years) VALUES (21, 1, 7)", (7, 7)),
        ("INSERT INTO person (id, score, age) VALUES (21, 1, NULL)", (None, None)),
        ("INSERT INTO person (id, score, years) VALUES (21, 1, NULL)", (None, None)),
        ("INSERT INTO person VALUES (21, 7, NULL, 1)", (7, 7)),
        ("UPDATE person SET age = NULL WHERE id = 20", (None, None)),
        ("UPDATE person SET years = NULL WHERE id = 20", (None, None)),
        ("UPDATE person SET years = 3 WHERE id = 20", (3, 3)),
        ("UPDATE person SET age = 4, years = 3 WHERE id = 20", (3, 3)),
        ("INSERT INTO person (id, score) VALUES (20, 1) ON CONFLICT (id) DO UPDATE SET years = 5", (5, 5)),
    ],
)
def test_either_name_may_be_written(
    connection: psycopg.Connection, statement: str, row: tuple[int | None, ...]
) -> None:
    _run(connection, "ALTER TABLE person RENAME COLUMN age TO years")
    connection.execute(statement.encode())
    assert connection.execute("SELECT age, years FROM person ORDER BY id DESC LIMIT 1").fetchone() == row


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE person RENAME COLUMN age TO years",
        "ALTER TABLE person ALTER COLUMN age TYPE bigint",
        "ALTER TABLE person ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    ],
)
def test_rows_that_cannot_be_filled_stop_it_before_anything_is_done(
    connection: psycopg.Connection, statement: str
) -> None:
    rule = "ALTER TABLE person ADD CONSTRAINT grown CHECK (id > 3) NOT VALID"
    case = Case(name="", setup=f"{PERSON}; {rule}", operations=(statement,))
    lifecycle.prepare(connection, case)
    first, *others = lifecycle.steps_of(lifecycle.plan(connection, case))
    with pytest.raises(psycopg.errors.CheckViolation, match="break grown"):
        lifecycle.run(connection, first)
    connection.execute("DELETE FROM person WHERE id <= 3")
    for step in (first, *others):
        lifecycle.run(connection, step)


def test_rows_that_the_plan_changes_without_putting_them_right_stop_it(connection: psycopg.Connection) -> None:
    rule = "ALTER TABLE person ADD CONSTRAINT grown CHECK (age > 3) NOT VALID"
    operations = ("UPDATE person SET code = 'x'", "ALTER TABLE person RENAME COLUMN code TO token")
    case = Case(name="", setup=f"{PERSON}; {rule}", operations=operations)
    lifecycle.prepare(connection, case)
    steps = lifecycle.steps_of(lifecycle.plan(connection, case))
    assert any(step.id.endswith(":look_for_broken") for step in steps)


def test_rows_that_the_plan_puts_right_first_do_not_stop_it(connection: psycopg.Connection) -> None:
    rule = "ALTER TABLE person ADD CONSTRAINT grown CHECK (age > 3) NOT VALID"
    operations = ("UPDATE person SET age = age + 3", "ALTER TABLE person RENAME COLUMN code TO token")
    case = Case(name="", setup=f"{PERSON}; {rule}", operations=operations)
    lifecycle.prepare(connection, case)
    plan = lifecycle.plan(connection, case)
    assert all(operation.online for operation in plan.operations)
    for step in lifecycle.steps_of(plan):
        lifecycle.run(connection, step)


def test_a_volatile_default_is_computed_once(connection: psycopg.Connection) -> None:
    _run(connection, "ALTER TABLE person RENAME COLUMN code TO token")
    connection.execute("INSERT INTO person (id, score) VALUES (21, 1)")
    assert connection.execute("SELECT bool_and(code = token AND code IS NOT NULL) FROM person").fetchone() == (True,)


def test_after_the_swap_a_value_that_only_fits_the_new_type_is_no_error(connection: psycopg.Connection) -> None:
    steps = _run(connection, "ALTER TABLE person ALTER COLUMN score TYPE bigint")
    connection.execute("UPDATE person SET score = 5000000000 WHERE id = 1")
    connection.execute("UPDATE person SET score = 77 WHERE id = 2")
    connection.execute("INSERT INTO person VALUES (21, 1, NULL, 9)")
    found = connection.execute("SELECT score FROM person WHERE id IN (1, 2, 21) ORDER BY id").fetchall()
    assert found == [(5000000000,), (77,), (9,)]
    connection.execute("DELETE FROM person WHERE id = 1")
    lifecycle.undo(connection, next(step for step in steps if isinstance(step, CutOver)))
    kept = connection.execute("SELECT id, age, score FROM person WHERE id IN (2, 21) ORDER BY id").fetchall()
    assert kept == [(2, 2, 77), (21, 1, 9)]


def test_a_value_that_does_not_fit_is_no_error_before_the_swap_and_stops_it(connection: psycopg.Connection) -> None:
    case = Case(name="", setup=PERSON, operations=("ALTER TABLE person ALTER COLUMN age TYPE smallint",))
    lifecycle.prepare(connection, case)
    steps = lifecycle.steps_of(lifecycle.plan(connection, case))
    create, fill, *rest = steps
    lifecycle.run(connection, create)
    lifecycle.run(connection, fill)
    connection.execute("INSERT INTO person (id, age, score) VALUES (21, 70000, 1)")
    connection.execute("UPDATE person SET age = 80000 WHERE id = 1")
    sweep = rest[0]
    assert isinstance(sweep, Backfill)
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        lifecycle.run(connection, sweep)
    connection.execute("UPDATE person SET age = 7 WHERE age > 60000")
    for step in rest:
        lifecycle.run(connection, step)
    assert connection.execute("SELECT id, age FROM person WHERE id IN (1, 20, 21) ORDER BY id").fetchall() == [
        (1, 7),
        (20, 20),
        (21, 7),
    ]


def test_views_in_the_way_are_gone_for_the_swap_alone(connection: psycopg.Connection) -> None:
    setup = PERSON + "CREATE VIEW known AS SELECT score FROM person; CREATE VIEW best AS SELECT max(score) FROM known;"
    change = "ALTER TABLE person ALTER COLUMN score TYPE bigint"
    again = ("CREATE VIEW known AS SELECT score FROM person", "CREATE VIEW best AS SELECT max(score) FROM known")
    case = Case(name="", setup=setup, operations=("DROP VIEW best", "DROP VIEW known", change, *again))
    lifecycle.prepare(connection, case)
    migrate = lifecycle.plan(connection, case).phases[1].steps
    (swap,) = (step for step in migrate if isinstance(step, CutOver))
    assert swap.sql[:2] == ("DROP VIEW public.best", "DROP VIEW public.known")
    made = [sql.split(" AS ")[0] for sql in swap.sql[-2:]]
    assert made == ["CREATE VIEW public.known", "CREATE VIEW public.best"]
    assert not any("VIEW" in sql for step in migrate if step is not swap for sql in step.sql)


@pytest.mark.parametrize(
    "taking",
    [
        "CREATE VIEW all_of_it AS TABLE person",
        "CREATE TABLE copied AS SELECT person.* FROM person",
        "CREATE TABLE twin (LIKE person)",
    ],
)
def test_what_takes_every_column_would_take_the_second_one(connection: psycopg.Connection, taking: str) -> None:
    change = "ALTER TABLE person ALTER COLUMN score TYPE bigint"
    case = Case(name="", setup=PERSON, operations=(change, taking))
    lifecycle.prepare(connection, case)
    notes = [note for operation in lifecycle.plan(connection, case).operations for note in operation.notes]
    assert any("all columns of the table" in note for note in notes)


def test_no_write_fails_between_a_rename_and_the_new_function_of_a_trigger(connection: psycopg.Connection) -> None:
    case = next(case for case in RENAMES if "function of a trigger" in case.name)
    lifecycle.prepare(connection, case)
    for step in lifecycle.steps_of(lifecycle.plan(connection, case)):
        lifecycle.run(connection, step)
        row = connection.execute("UPDATE person SET id = id WHERE id = 1 RETURNING told").fetchone()
        assert row == ("n1",), step.id


REFUSED = {
    "ALTER TABLE part RENAME COLUMN id TO x": "partition key",
    "ALTER TABLE base RENAME COLUMN a TO x": "tables inherit",
    "ALTER TABLE person RENAME COLUMN low TO x": "low is generated",
    "ALTER TABLE ruled RENAME COLUMN a TO x": "the rule quiet",
    "ALTER TABLE loud RENAME COLUMN a TO x": "the trigger noise",
    "ALTER TABLE person ALTER COLUMN id TYPE bigint": "from public.pet, which is partitioned",
    "ALTER TABLE person ALTER COLUMN age TYPE bigint": "column low of table",
    "ALTER TABLE person ALTER COLUMN seen TYPE bigint": "public.v",
    "ALTER TABLE person ALTER COLUMN held TYPE bigint": "policy p on table",
    "ALTER TABLE person ALTER COLUMN watched TYPE bigint": "trigger w on table",
    "ALTER TABLE person ALTER COLUMN own TYPE numeric": "numeric is no integer type",
    "ALTER TABLE once ALTER COLUMN b TYPE text USING to_char(b, 'D')": "sessions could disagree",
    "ALTER TABLE person ALTER COLUMN at TYPE text": "sessions could disagree",
    "ALTER TABLE once ALTER COLUMN a TYPE integer USING a::integer": "may become the same",
    "ALTER TABLE base ALTER COLUMN a TYPE bigint": "inherits",
    "ALTER TABLE late ALTER COLUMN a TYPE bigint": "deferrable",
    "ALTER TABLE told ALTER COLUMN a TYPE bigint": "published by news",
    "ALTER TABLE told RENAME COLUMN a TO x": "has no replica identity",
    "ALTER TABLE alone ALTER COLUMN a TYPE bigint": "excludes rows",
    "ALTER TABLE tree ALTER COLUMN a TYPE bigint": "from a to itself",
    "ALTER TABLE pair ALTER COLUMN a TYPE bigint": "MATCH FULL",
}
OBSTACLES = """
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TABLE person (
        id integer PRIMARY KEY, age integer, low integer GENERATED ALWAYS AS (age + 1) STORED, seen integer,
        held integer, watched integer, own integer GENERATED ALWAYS AS IDENTITY, wide bigint, a integer,
        at timestamptz
    );
    CREATE TABLE once (a text UNIQUE, b integer);
    CREATE TABLE pet (person integer REFERENCES person) PARTITION BY LIST (person);
    CREATE VIEW v AS SELECT seen FROM person;
    CREATE POLICY p ON person USING (held > 1);
    CREATE TRIGGER w BEFORE UPDATE OF watched ON person FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TABLE part (id integer, a integer) PARTITION BY LIST (id);
    CREATE TABLE base (a integer);
    CREATE TABLE child () INHERITS (base);
    CREATE TABLE ruled (a integer);
    CREATE RULE quiet AS ON INSERT TO ruled WHERE NEW.a = 1 DO INSTEAD NOTHING;
    CREATE TABLE loud (a integer);
    CREATE TRIGGER noise BEFORE UPDATE ON loud FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE loud ENABLE ALWAYS TRIGGER noise;
    CREATE TABLE late (a integer UNIQUE DEFERRABLE);
    CREATE TABLE told (a integer);
    CREATE PUBLICATION news FOR TABLE told;
    CREATE TABLE alone (a integer, EXCLUDE (a WITH =));
    CREATE TABLE tree (a integer, b integer, c integer, PRIMARY KEY (a, b), FOREIGN KEY (a, c) REFERENCES tree);
    CREATE TABLE pair (a integer, b integer, FOREIGN KEY (a, b) REFERENCES tree MATCH FULL);
"""


def test_a_key_to_a_partitioned_table_can_be_made_anew_beside_writers_from_18(
    connection: psycopg.Connection, server_version: int
) -> None:
    setup = "CREATE TABLE whole (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE of (id int REFERENCES whole)"
    connection.execute(setup)
    statement = "ALTER TABLE of ALTER COLUMN id TYPE bigint"
    (operation,) = lifecycle.plan(connection, Case(name="", setup="", operations=(statement,))).operations
    assert any("before PostgreSQL 18 of_id_fkey" in note for note in operation.notes) == (server_version < 18)


def test_what_no_second_column_can_stand_in_for_is_said_by_name(connection: psycopg.Connection) -> None:
    connection.execute(OBSTACLES)
    for statement, words in REFUSED.items():
        plan = lifecycle.plan(connection, Case(name="", setup="", operations=(statement,)))
        (operation,) = plan.operations
        assert any(words in note for note in operation.notes), (statement, operation.notes)
        assert [len(phase.steps) for phase in plan.phases if phase.name is PhaseName.MIGRATE] == [1]
