"""A plan as JSON and back without loss. The fields are documented in docs/plan-format.md; `format` numbers them."""

import hashlib
import json
from dataclasses import MISSING, asdict, fields
from typing import Any, TypeVar

from online_migrate.errors import UsageError
from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.finding import Finding
from online_migrate.plan.model import FORMAT, Phase, PhaseName, Plan, PlannedOperation, Script, VersionTable
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.plan.operation import Operation, Source
from online_migrate.plan.steps import (
    Backfill,
    ConcurrentDdl,
    CutOver,
    Ddl,
    Gate,
    IndexShape,
    RunRevision,
    Step,
    Validate,
)
from online_migrate.policy import Policy

_STEPS = {cls.kind: cls for cls in (Ddl, ConcurrentDdl, Validate, Backfill, CutOver, Gate, RunRevision)}
N = TypeVar("N", int, float)
_RELATION_FIELDS = ("table", "index", "root", "aside")
_RELATION_LISTS = ("leaves", "rebuilds")


class PlanDamaged(UsageError):
    """A plan file is not what this version wrote: cut off, edited, or of another format."""


def to_json(plan: Plan) -> str:
    """Return the plan as JSON text, with its hash."""
    data = _plan_data(plan)
    return json.dumps({**data, "hash": _hash(data)}, indent=2, ensure_ascii=False)


def plan_hash(plan: Plan) -> str:
    """Return the SHA-256 of everything the plan says, in hexadecimal."""
    return _hash(_plan_data(plan))


def from_json(text: str) -> Plan:
    """Return the plan that `to_json` wrote.

    Raises:
        PlanDamaged: it is no JSON, of another format, incomplete, or its hash is not that of its content.
    """
    hint = "Make the plan again with `online-migrate plan --format json`."
    try:
        data = json.loads(text)
    except ValueError as error:
        raise PlanDamaged(f"The plan is not valid JSON: {error}.", hint=hint) from None
    if not isinstance(data, dict) or "format" not in data:
        raise PlanDamaged("The file is JSON, but not a plan.", hint=hint)
    if data["format"] != FORMAT:
        raise PlanDamaged(f"The plan has format {data['format']}; this version reads format {FORMAT}.", hint=hint)
    if data.pop("hash", None) != _hash(data):
        raise PlanDamaged("The plan was changed after it was written: its hash does not fit its content.", hint=hint)
    try:
        return _plan(data)
    except (KeyError, TypeError, ValueError) as error:
        raise PlanDamaged(f"The plan is incomplete or damaged: {error}.", hint=hint) from None


def _hash(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# --- writing ---------------------------------------------------------------------------------------


def _plan_data(plan: Plan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "engine_version": plan.engine_version,
        "server_version": plan.server_version,
        "server_version_num": plan.server_version_num,
        "current": _heads(plan.current),
        "target": _heads(plan.target),
        "version_table": str(plan.version_table.name) if plan.version_table else None,
        "scripts": [asdict(script) for script in plan.scripts],
        "sources": [asdict(source) for source in plan.sources],
        "max_risk": plan.max_risk.value,
        "operations": [_operation_data(o) for o in plan.operations],
        "phases": [{"name": p.name.value, "steps": [_step_data(s) for s in p.steps]} for p in plan.phases],
        "findings": list(plan.findings),
        "finding_details": [_finding_data(f) for f in plan.finding_details],
        "downgrade": plan.downgrade,
        "fingerprint": plan.fingerprint,
        "calibrated": plan.calibrated,
        "policy": asdict(plan.policy),
    }


def _heads(heads: tuple[str, ...]) -> str | list[str] | None:
    """One head as itself, none as null, several as a list: most projects have one."""
    if len(heads) == 1:
        return heads[0]
    return list(heads) or None


def _operation_data(planned: PlannedOperation) -> dict[str, Any]:
    operation, assessment = planned.operation, planned.assessment
    return {
        "id": operation.id,
        "revision": operation.revision,
        "source": {"file": operation.source.file, "line": operation.source.line} if operation.source else None,
        "directive": operation.directive,
        "sql": operation.sql,
        "operation": planned.kind,
        "table": str(planned.table) if planned.table else None,
        "migration_type": assessment.migration_type,
        "risk": assessment.risk.value,
        "locks": _locks_data(assessment.locks),
        "rewrites": assessment.rewrites,
        "scans": assessment.scans,
        "estimate_s": list(assessment.estimate_s),
        "waiting_statements": list(assessment.waiting_statements) if assessment.waiting_statements else None,
        "compatibility": assessment.compatibility.value,
        "data_loss": assessment.data_loss,
        "opaque": assessment.opaque,
        "why": assessment.why,
        "strategy": planned.strategy,
        "online": planned.online,
        "blocking": planned.blocking,
        "notes": list(planned.notes),
        "batches_s": list(planned.batches_s) if planned.batches_s else None,
        "search_path": list(operation.search_path),
        "python_default": operation.python_default,
        "uncaptured": operation.uncaptured,
    }


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "what": finding.what,
        "do": finding.do,
        "table": str(finding.table) if finding.table else None,
        "operations": list(finding.operations),
    }


def _locks_data(locks: tuple[Lock, ...]) -> list[dict[str, str]]:
    return [{"relation": str(k.relation), "mode": k.mode.value, "blocks": k.mode.blocks} for k in locks]


def _step_data(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"id": step.id, "kind": step.kind, "transactional": step.transactional}
    for field in fields(step):
        value = getattr(step, field.name)
        if field.name == "locks":
            data["locks"] = _locks_data(value)
        elif field.name in _RELATION_LISTS:
            data[field.name] = [str(relation) for relation in value]
        elif isinstance(value, IndexShape):
            data[field.name] = {**asdict(value), "table": str(value.table)}
        elif isinstance(value, tuple):
            data[field.name] = list(value)
        elif isinstance(value, RelationName):
            data[field.name] = str(value)
        else:
            data[field.name] = value
    return data


# --- reading ---------------------------------------------------------------------------------------


def _scripts(data: list[dict[str, str]]) -> tuple[Script, ...]:
    return tuple(Script(name=s["name"], sha256=s["sha256"]) for s in data)


def _plan(data: dict[str, Any]) -> Plan:
    return Plan(
        engine_version=data["engine_version"],
        server_version=data["server_version"],
        server_version_num=data["server_version_num"],
        current=_heads_tuple(data["current"]),
        target=_heads_tuple(data["target"]),
        version_table=VersionTable(name=RelationName.parse(data["version_table"])) if data["version_table"] else None,
        scripts=_scripts(data["scripts"]),
        sources=_scripts(data.get("sources", [])),
        operations=tuple(_planned_operation(o) for o in data["operations"]),
        phases=tuple(
            Phase(name=PhaseName(p["name"]), steps=tuple(_step(s) for s in p["steps"])) for p in data["phases"]
        ),
        findings=tuple(data["findings"]),
        finding_details=tuple(_finding(f) for f in data.get("finding_details", ())),
        downgrade=data.get("downgrade", False),
        fingerprint=data["fingerprint"],
        calibrated=data.get("calibrated"),
        policy=Policy(**data["policy"]),
    )


def _heads_tuple(heads: str | list[str] | None) -> tuple[str, ...]:
    if heads is None:
        return ()
    return (heads,) if isinstance(heads, str) else tuple(heads)


def _planned_operation(data: dict[str, Any]) -> PlannedOperation:
    source = data["source"]
    return PlannedOperation(
        operation=Operation(
            id=data["id"],
            revision=data["revision"],
            source=Source(file=source["file"], line=source["line"]) if source else None,
            directive=data["directive"],
            sql=data["sql"],
            search_path=tuple(data["search_path"]),
            python_default=data["python_default"],
            uncaptured=data["uncaptured"],
        ),
        kind=data["operation"],
        table=RelationName.parse(data["table"]) if data["table"] else None,
        assessment=Assessment(
            migration_type=data["migration_type"],
            risk=Risk(data["risk"]),
            locks=_locks(data["locks"]),
            rewrites=data["rewrites"],
            scans=data["scans"],
            estimate_s=(data["estimate_s"][0], data["estimate_s"][1]),
            compatibility=Compatibility(data["compatibility"]),
            data_loss=data["data_loss"],
            why=data["why"],
            opaque=data["opaque"],
            waiting_statements=_pair(data.get("waiting_statements")),
        ),
        strategy=data["strategy"],
        online=data["online"],
        notes=tuple(data["notes"]),
        batches_s=_pair(data.get("batches_s")),
    )


def _pair(data: list[N] | None) -> tuple[N, N] | None:
    return (data[0], data[1]) if data is not None else None


def _finding(data: dict[str, Any]) -> Finding:
    table = RelationName.parse(data["table"]) if data["table"] else None
    return Finding(
        code=data["code"], what=data["what"], do=data["do"], table=table, operations=tuple(data["operations"])
    )


def _locks(data: list[dict[str, str]]) -> tuple[Lock, ...]:
    return tuple(Lock(RelationName.parse(k["relation"]), LockMode(k["mode"])) for k in data)


def _step(data: dict[str, Any]) -> Step:
    cls = _STEPS[data["kind"]]
    values: dict[str, Any] = {}
    for field in fields(cls):
        # An earlier version may have written it: what came since has its default.
        if field.name not in data and field.default is not MISSING:
            continue
        value = data[field.name]
        if field.name == "locks":
            value = _locks(value)
        elif field.name in _RELATION_LISTS:
            value = tuple(RelationName.parse(relation) for relation in value)
        elif field.name == "shape" and value is not None:
            value = _shape(value)
        elif field.name in _RELATION_FIELDS and value is not None:
            value = RelationName.parse(value)
        elif isinstance(value, list):
            value = tuple(value)
        values[field.name] = value
    return cls(**values)


def _shape(data: dict[str, Any]) -> IndexShape:
    return IndexShape(
        table=RelationName.parse(data["table"]),
        columns=tuple(data["columns"]),
        include=tuple(data["include"]),
        method=data["method"],
        unique=data["unique"],
        partial=data["partial"],
    )
