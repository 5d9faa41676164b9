"""What a check has accepted before: verdicts by an identity that does not move with lines or with the clock."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from online_migrate.errors import UsageError
from online_migrate.plan.assessment import Risk
from online_migrate.plan.model import PlannedOperation

FORMAT = 1


class BaselineDamaged(UsageError):
    """A baseline file is not what this command writes."""


def identity(planned: PlannedOperation) -> str:
    """Return what an operation is known by: its revision, its kind and its SQL as PostgreSQL's grammar writes it."""
    operation = planned.operation
    parts = (operation.revision or "", planned.kind, operation.sql)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def to_text(accepted: Iterable[PlannedOperation]) -> str:
    """Return a baseline that accepts these operations at the risk they have now; sorted, so that it diffs well."""
    entries = {
        identity(o): {
            "id": identity(o),
            "revision": o.operation.revision,
            "operation": o.kind,
            "sql": o.operation.sql,
            "risk": o.assessment.risk.value,
        }
        for o in accepted
    }
    ordered = sorted(entries.values(), key=lambda e: (e["revision"] or "", e["operation"] or "", e["id"] or ""))
    return json.dumps({"format": FORMAT, "accepted": ordered}, indent=2, ensure_ascii=False) + "\n"


def from_text(text: str, file: str) -> Mapping[str, Risk]:
    """Return the risk at which each identity was accepted.

    Raises:
        BaselineDamaged: it is no baseline.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}, this version reads {FORMAT}")
        return {entry["id"]: Risk(entry["risk"]) for entry in data["accepted"]}
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineDamaged(
            f"{file} is no baseline: {error}.", hint="Write it anew with `online-migrate check --write-baseline`."
        ) from None
