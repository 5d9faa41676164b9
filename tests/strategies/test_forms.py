"""What depends on the server's version, and the phase in which each step stands; no server is needed."""

from collections.abc import Iterable

import pytest

from online_migrate.catalog.model import Catalog, Column, Index, Table, TableConstraint
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import Backfill, ConcurrentDdl, Step, Validate
from online_migrate.planner.build import build
from online_migrate.policy import Policy

PEOPLE = RelationName("public", "people")
GIB = 1 << 30
KEY = RelationName("public", "people_pkey")


def catalog(version: int = 18, *, kind: str = "r") -> Catalog:
    table = Table(
        name=PEOPLE,
        kind="p" if kind == "p" else "r",
        columns=(
            Column(name="id", type="bigint", not_null=True, position=1),
            Column(name="name", type="text", not_null=True, position=2),
            Column(name="email", type="text", position=3),
        ),
        indexes=(
            Index(name=KEY, columns=("id",), key_columns=("id",), unique=True, primary=True, constraint=KEY.name),
        ),
        constraints=(TableConstraint(name=KEY.name, type="primary_key", columns=("id",), index=KEY),),
        bytes=GIB,
        total_bytes=2 * GIB,
        rows=1e7,
    )
    return Catalog(
        server_version=f"{version}.1",
        server_version_num=version * 10000 + 1,
        tables={PEOPLE: table},
        volatility={"lower": "i", "now": "s", "gen_random_uuid": "v"},
    )


def plan(*statements: str, live: Catalog | None = None, python_default: str | None = None) -> Plan:
    operations = [
        Operation(
            id=f"r:{number}",
            revision="r",
            source=None,
            directive=None,
            sql=text,
            search_path=("public",),
            python_default=python_default,
        )
        for number, text in enumerate(statements)
    ]
    return build(operations, live or catalog(), Policy(small_tables_as_written=False))


def phase(made: Plan, name: PhaseName) -> tuple[Step, ...]:
    """The steps of the plan's operations in a phase; the gate and the version are the engine's own."""
    return tuple(step for step in made.phase(name).steps if step.operation is not None)


def sql(steps: Iterable[Step]) -> list[str]:
    return [statement for step in steps for statement in step.sql]


def test_not_null_has_a_constraint_of_its_own_from_18() -> None:
    made = plan("ALTER TABLE people ALTER COLUMN email SET NOT NULL")
    assert sql(phase(made, PhaseName.CONTRACT)) == [
        "ALTER TABLE public.people ADD CONSTRAINT people_email_not_null NOT NULL email NOT VALID",
        "ALTER TABLE public.people VALIDATE CONSTRAINT people_email_not_null",
    ]


@pytest.mark.parametrize("version", [14, 15, 16, 17])
def test_not_null_is_proved_by_a_check_before_18(version: int) -> None:
    made = plan("ALTER TABLE people ALTER COLUMN email SET NOT NULL", live=catalog(version))
    add, validate, tighten = phase(made, PhaseName.CONTRACT)
    assert "CHECK (email IS NOT NULL) NOT VALID" in add.sql[0]
    assert isinstance(validate, Validate)
    # In one ALTER TABLE the CHECK would be gone before it is of use.
    assert len(tighten.sql) == 2
    assert "SET NOT NULL" in tighten.sql[0]
    assert "DROP CONSTRAINT" in tighten.sql[1]


def test_tightening_a_filled_column_of_the_plan_is_for_migrate() -> None:
    made = plan(
        "ALTER TABLE people ADD COLUMN nick text",
        "UPDATE people SET nick = lower(name)",
        "ALTER TABLE people ALTER COLUMN nick SET NOT NULL",
    )
    assert [step.kind for step in phase(made, PhaseName.EXPAND)] == ["ddl", "ddl"]
    assert [step.kind for step in phase(made, PhaseName.MIGRATE)] == ["backfill", "ddl", "validate"]
    assert "DROP TRIGGER" in sql(phase(made, PhaseName.CONTRACT))[0]


def test_tightening_what_reads_another_table_waits_for_contract_with_a_second_pass() -> None:
    made = plan(
        "ALTER TABLE people ADD COLUMN nick text",
        "UPDATE people SET nick = o.nick FROM other o WHERE o.id = people.id AND people.nick IS NULL",
        "ALTER TABLE people ALTER COLUMN nick SET NOT NULL",
    )
    assert [step.kind for step in phase(made, PhaseName.MIGRATE)] == ["backfill"]
    assert [step.kind for step in phase(made, PhaseName.CONTRACT)] == ["backfill", "ddl", "validate"]


def test_the_models_default_fills_and_covers_old_code_until_contract() -> None:
    made = plan("ALTER TABLE people ADD COLUMN active boolean NOT NULL", python_default="true")
    assert sql(phase(made, PhaseName.EXPAND)) == [
        "ALTER TABLE public.people ADD COLUMN active boolean NOT NULL DEFAULT true"
    ]
    assert sql(phase(made, PhaseName.CONTRACT)) == ["ALTER TABLE public.people ALTER COLUMN active DROP DEFAULT"]


@pytest.mark.parametrize(
    ("update", "method"),
    [
        ("UPDATE people SET email = lower(name)", "keyset"),
        ("UPDATE people SET email = name WHERE email IS NULL", "keyset"),
        ("UPDATE people SET name = name || '!'", "keyset"),
        ("UPDATE people SET email = gen_random_uuid()::text", "keyset"),
        ("UPDATE people SET email = unknown(name)", "keyset"),
        ("UPDATE people SET id = id + 1", "whole"),
        ("UPDATE people SET email = (SELECT max(email) FROM people)", "whole"),
    ],
)
def test_the_way_an_update_is_cut_up(update: str, method: str) -> None:
    (step,) = phase(plan(update), PhaseName.MIGRATE)
    assert isinstance(step, Backfill)
    assert step.method == method


def test_nulls_of_an_old_column_are_kept_filled_only_where_it_becomes_not_null() -> None:
    update = "UPDATE people SET email = name WHERE email IS NULL"
    assert not phase(plan(update), PhaseName.EXPAND)
    made = plan(update, "ALTER TABLE people ALTER COLUMN email SET NOT NULL")
    assert "CREATE TRIGGER" in sql(phase(made, PhaseName.EXPAND))[1]
    (step,) = (step for step in phase(made, PhaseName.MIGRATE) if isinstance(step, Backfill))
    assert step.method == "stripes"


def test_updates_that_fill_one_column_by_turns_are_walked_by_key() -> None:
    """The trigger of the second writes what a count for the first would take for rows left over, without end."""
    made = plan(
        "ALTER TABLE people ADD COLUMN kind text",
        "UPDATE people SET kind = 'other'",
        "UPDATE people SET kind = 'x' WHERE name LIKE 'x%'",
    )
    assert [s.method for s in phase(made, PhaseName.MIGRATE) if isinstance(s, Backfill)] == ["keyset", "keyset"]


def test_abort_gives_an_attached_table_back_before_it_drops_the_one_it_was_attached_to() -> None:
    made = plan(
        "CREATE TABLE parent (id integer) PARTITION BY RANGE (id)",
        "ALTER TABLE parent ATTACH PARTITION people FOR VALUES FROM (0) TO (10)",
    )
    (attach,) = (s for p in made.phases for s in p.steps if "ATTACH" in s.sql[0])
    assert attach.undo == ("ALTER TABLE public.parent DETACH PARTITION public.people",)


def test_a_column_that_new_code_does_not_write_is_loosened_before_it_is_dropped() -> None:
    made = plan("ALTER TABLE people DROP COLUMN name")
    assert sql(phase(made, PhaseName.EXPAND)) == ["ALTER TABLE public.people ALTER COLUMN name DROP NOT NULL"]
    assert not phase(made, PhaseName.CONTRACT)[-1].reversible


def test_an_index_is_built_without_if_not_exists() -> None:
    (step,) = phase(plan("CREATE INDEX IF NOT EXISTS by_email ON people (email)"), PhaseName.EXPAND)
    assert isinstance(step, ConcurrentDdl)
    assert step.sql == ("CREATE INDEX CONCURRENTLY by_email ON public.people USING btree (email)",)
    assert step.index == RelationName("public", "by_email")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE people ADD COLUMN low text GENERATED ALWAYS AS (lower(name)) STORED",
        "ALTER TABLE people ADD CONSTRAINT e EXCLUDE USING btree (email WITH =)",
    ],
)
def test_what_has_no_online_form_says_so(statement: str) -> None:
    (operation,) = plan(statement).operations
    assert not operation.online
