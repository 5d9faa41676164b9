"""What the verdict makes of the facts: the type of migration, the risk, what breaks, what is lost, and why."""

from dataclasses import replace

import pytest

from online_migrate.catalog.model import Catalog, Column, Index, Table, TableConstraint, Trigger
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar import statements
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import AddColumn, Statement, TableStatement, Update
from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.operation import Operation
from online_migrate.policy import Policy
from online_migrate.risk.assess import EFFECTS, assess, assess_uncaptured
from online_migrate.risk.table import migration_type, risk_table
from tests.risk.observe import HERE, forms

MB = 1024 * 1024
USERS = RelationName("public", "users")
TEAMS = RelationName("public", "teams")


def catalog_of(size: int, rows: float) -> Catalog:
    """A catalog in which users has that many bytes, and rows as the statistics say."""
    key = Index(
        name=RelationName("public", "users_pkey"), columns=("id",), key_columns=("id",), unique=True, primary=True
    )
    users = Table(
        name=USERS,
        kind="r",
        bytes=size,
        rows=rows,
        columns=(
            Column(name="id", type="integer", not_null=True),
            Column(name="email", type="character varying(50)"),
            Column(name="state", type="text", not_null=True, default="'new'::text"),
            Column(name="team_id", type="bigint"),
            Column(name="amount", type="numeric(10,2)"),
        ),
        indexes=(key,),
        constraints=(
            TableConstraint(name="users_pkey", type="primary_key", columns=("id",)),
            TableConstraint(name="team_set", type="check", columns=("team_id",), expression="(team_id IS NOT NULL)"),
        ),
    )
    teams = Table(name=TEAMS, kind="r", columns=(Column(name="id", type="integer", not_null=True),))
    volatility = {"now": "s", "random": "v", "gen_random_uuid": "v", "lower": "i", "setval": "v", "purge": "v"}
    return Catalog(
        server_version="18.0", server_version_num=180000, tables={USERS: users, TEAMS: teams}, volatility=volatility
    )


LARGE = catalog_of(229 * MB, 2_000_000)
SMALL = catalog_of(80 * 1024, 812)


def verdict(sql: str, catalog: Catalog = LARGE, policy: Policy | None = None, **more: str) -> Assessment:
    statement = read(sql, resolver(catalog, ("public",)))
    return assess(statement, catalog, policy or Policy(), python_default=more.get("python_default"))


VERDICTS = [line.split(" | ") for line in (HERE / "verdicts.txt").read_text().splitlines() if not line.startswith("--")]


@pytest.mark.parametrize(("sql", "name", "risk", "compatibility", "data"), VERDICTS)
def test_verdict_on_a_large_table(sql: str, name: str, risk: str, compatibility: str, data: str) -> None:
    said = verdict(sql)
    lost = "lost" if said.data_loss else "kept"
    assert [said.migration_type, said.risk, said.compatibility, lost] == [name, risk, compatibility, data]


def test_small_table_lowers_the_risk_and_says_so() -> None:
    index = verdict("CREATE INDEX z ON users (email)", SMALL)
    assert index.risk is Risk.MINIMAL
    assert index.why.startswith("812 rows, about ")
    assert index.estimate_s[1] <= 0.1
    assert verdict("CREATE INDEX z ON users (email)", SMALL, Policy(lock_budget_ms=1)).risk is Risk.HIGH


def test_small_table_that_breaks_code_or_loses_data_stays_moderate() -> None:
    assert verdict("ALTER TABLE users ALTER email SET NOT NULL", SMALL).risk is Risk.MODERATE
    assert verdict("DELETE FROM users", SMALL).risk is Risk.MODERATE


def test_row_estimate_alone_never_makes_a_table_small() -> None:
    stale = catalog_of(229 * MB, 0)
    assert verdict("CREATE INDEX z ON users (email)", stale).risk is Risk.HIGH
    assert verdict("UPDATE users SET email = ''", stale).risk is Risk.VERY_HIGH


def test_why_has_the_figures() -> None:
    said = verdict("ALTER TABLE users ADD CHECK (id > 0)")
    assert said.why.startswith("AccessExclusive on public.users while 2,000,000 rows (229 MB) are scanned.")
    assert "cached plan must not change result type" in verdict("ALTER TABLE users ALTER email TYPE text").why
    assert (
        "bigint but public.teams.id is integer"
        in verdict("ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams (id)").why
    )


def test_trigger_functions_that_may_name_a_changed_column_are_told() -> None:
    trigger = Trigger(name="touched", function=RelationName("public", "touch"))
    catalog = replace(LARGE, tables={**LARGE.tables, USERS: replace(LARGE.tables[USERS], triggers=(trigger,))})
    retyped = verdict("ALTER TABLE users ALTER id TYPE bigint", catalog).why
    assert "If public.touch names id, it fails in every session that has run it" in retyped
    for sql in ("ALTER TABLE users DROP COLUMN email", "ALTER TABLE users RENAME email TO mail"):
        assert "If public.touch names email, every statement that fires its trigger" in verdict(sql, catalog).why
    assert "touch" not in verdict("ALTER TABLE users ALTER id TYPE integer", catalog).why
    assert "touch" not in verdict("ALTER TABLE users DROP COLUMN email").why


def test_python_default_does_not_help_old_code() -> None:
    said = verdict("ALTER TABLE users ADD COLUMN z text NOT NULL", python_default="'x'")
    assert said.compatibility is Compatibility.BREAKS_OLD_CODE
    assert "helps only new code" in said.why


def test_filling_a_column_that_is_new_loses_nothing() -> None:
    users = LARGE.tables[USERS]
    after = replace(users, columns=(*users.columns, Column(name="z", type="text")))
    catalog = replace(LARGE, tables={**LARGE.tables, USERS: after})
    statement = read("UPDATE users SET z = 'x'", resolver(catalog, ("public",)))
    assert not assess(statement, catalog, Policy(), live=LARGE).data_loss
    assert assess(statement, catalog, Policy(), live=catalog).data_loss


def test_filling_what_is_null_loses_nothing() -> None:
    null = verdict("UPDATE users SET email = '' WHERE email IS NULL AND id > 3")
    assert (null.data_loss, "replaced" in null.why) == (False, False)
    for where in ("email IS NULL OR id > 3", "t.email IS NULL", "id IS NULL"):
        assert verdict(f"UPDATE users SET email = '' FROM teams AS t WHERE {where}").data_loss


def test_values_that_are_assigned_to_themselves_are_not_lost() -> None:
    same, both = verdict("UPDATE users SET email = users.email"), verdict("UPDATE users SET email = email, id = 1")
    assert (same.data_loss, "replaced" in same.why) == (False, False)
    assert both.data_loss
    assert "The values of id are replaced" in both.why


@pytest.mark.parametrize(
    ("zone", "rewrites"), [("UTC", False), ("Etc/UTC", False), ("Europe/Berlin", True), ("Europe/London", True)]
)
def test_time_zone_decides_whether_timestamps_are_rewritten(zone: str, rewrites: bool) -> None:
    table = Table(name=USERS, kind="r", columns=(Column(name="at", type="timestamp without time zone"),))
    catalog = replace(LARGE, timezone=zone, tables={USERS: table})
    assert verdict("ALTER TABLE users ALTER at TYPE timestamptz", catalog).rewrites is rewrites


def test_index_is_locked_alone_when_it_is_renamed() -> None:
    said = verdict("ALTER INDEX users_pkey RENAME TO z")
    assert [(str(lock.relation), lock.mode) for lock in said.locks] == [
        ("public.users_pkey", LockMode.SHARE_UPDATE_EXCLUSIVE)
    ]


def test_revision_in_python_is_assumed_to_be_the_worst() -> None:
    operation = Operation(
        id="a:1", revision="a", source=None, directive=None, sql="", search_path=(), uncaptured="it opens a Session"
    )
    said = assess_uncaptured(operation)
    assert said.opaque
    assert said.risk is Risk.VERY_HIGH
    assert "it opens a Session" in said.why


def test_every_class_of_statement_is_assessed() -> None:
    kinds = {kind for kind in vars(statements).values() if isinstance(kind, type) and issubclass(kind, Statement)}
    assert kinds - {Statement, TableStatement} == {*EFFECTS, AddColumn, Update}


def test_table_that_is_not_there_is_not_locked() -> None:
    assert verdict("ALTER TABLE IF EXISTS nothing ADD COLUMN z text").locks == ()


def test_risk_table_begins_with_the_four_rows() -> None:
    top = [(r.name, r.duration, r.blocking, r.approach) for r in risk_table() if r.parent is None]
    assert top == [
        ("Add Column", "< 1 second", "Minimal", "Standard migration"),
        ("Drop Column", "Variable", "Moderate", "Two-phase migration"),
        ("Add Index", "Minutes to hours", "High", "Create concurrently"),
        ("Data Migration", "Hours", "Very High", "Background processing"),
    ]
    assert [r.parent for r in risk_table()[:4]] == [None] * 4


def test_rows_are_named_once_and_stand_below_one_of_the_four() -> None:
    names = [r.name for r in risk_table()]
    assert len(set(names)) == len(names)
    assert {r.parent for r in risk_table()[4:]} <= set(names[:4])


@pytest.mark.parametrize("sql", forms(18))
def test_every_verdict_has_a_row(sql: str) -> None:
    name = verdict(sql).migration_type
    assert migration_type(name).name == name
