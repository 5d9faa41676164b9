"""A plan is JSON and back without loss, and nothing but what was written is accepted."""

import json
from dataclasses import replace

import pytest

from online_migrate.plan.names import RelationName
from online_migrate.plan.serialise import PlanDamaged, from_json, plan_hash, to_json
from tests.planner.planning import catalog_of, plan_of
from tests.planner.test_placement import CASES, SCHEMA


@pytest.mark.parametrize("case", CASES)
def test_a_plan_is_read_back_as_it_was(case: str) -> None:
    plan = plan_of(catalog_of(*SCHEMA), *CASES[case][0])
    assert from_json(to_json(plan)) == plan
    assert plan_hash(from_json(to_json(plan))) == plan_hash(plan)


def test_the_promised_fields_are_there() -> None:
    data = json.loads(to_json(plan_of(catalog_of(*SCHEMA), "CREATE INDEX ix_last ON users (last)")))
    assert (data["format"], data["server_version"], data["current"], data["target"]) == (1, "18.6", "r0", "r1")
    (operation,) = data["operations"]
    assert {k: operation[k] for k in ("operation", "table", "migration_type", "risk", "strategy")} == {
        "operation": "create_index",
        "table": "public.users",
        "migration_type": "Add Index",
        "risk": "high",
        "strategy": "create_index",
    }
    assert operation["source"] == {"file": "versions/r1.py", "line": 1}
    assert operation["locks"] == [{"relation": "public.users", "mode": "Share", "blocks": "writes"}]
    (step,) = data["phases"][0]["steps"]
    assert step["sql"] == ["CREATE INDEX CONCURRENTLY ix_last ON public.users USING btree (last)"]
    assert not step["transactional"]
    assert data["max_risk"] == "high"


def test_what_a_calibration_and_the_statistics_say() -> None:
    live = replace(catalog_of(*SCHEMA), rates={"scan_row": 1e-6}, calibrated="2026-11-22", statistics_s=3600.0)
    plan = plan_of(live, "UPDATE users SET last = first")
    data = json.loads(to_json(plan))
    (operation,) = data["operations"]
    assert (data["calibrated"], operation["waiting_statements"]) == ("2026-11-22", [0, 0])
    assert 0 < operation["batches_s"][0] < operation["batches_s"][1]
    assert from_json(to_json(plan)) == plan


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "not valid JSON"),
        (lambda _: "[]", "not a plan"),
        (lambda _: "{}", "not a plan"),
        (lambda text: text.replace('"format": 1', '"format": 2', 1), "has format 2"),
        (lambda text: text.replace("CONCURRENTLY", "", 1), "changed after it was written"),
        (lambda text: text.replace('"kind": "concurrent_ddl"', '"kind": "ddl"', 1), "changed after it was written"),
    ],
)
def test_a_damaged_plan_is_refused(change, said: str) -> None:  # type: ignore[no-untyped-def]
    text = to_json(plan_of(catalog_of(*SCHEMA), "CREATE INDEX ix_last ON users (last)"))
    with pytest.raises(PlanDamaged, match=said):
        from_json(change(text))


@pytest.mark.parametrize("name", ["users", "a.b", 'a"b', 'a".".b', "", "Ünï", "; drop table x; --", '"'])
def test_names_are_read_back(name: str) -> None:
    for relation in (RelationName("public", name), RelationName(name, "t"), RelationName(name, name)):
        assert RelationName.parse(str(relation)) == relation
