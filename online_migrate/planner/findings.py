"""Sentences about the plan as a whole."""

from collections.abc import Sequence

from online_migrate.plan.model import PhaseName, PlannedOperation
from online_migrate.planner.placed import Placed


def findings(
    planned: Sequence[PlannedOperation], asked: Sequence[Placed], ordered: Sequence[Placed]
) -> tuple[str, ...]:
    """Return what a reader of the plan should know that no single operation says."""
    found: list[str] = []
    for operation, before, after in zip(planned, asked, ordered, strict=True):
        if _is_put_off(before, after):
            found.append(
                f"{_name(operation)} waits for contract, behind a removal or rename it depends on: new code that needs"
                " it cannot run before contract is complete."
            )
    revisions = sorted({o.operation.revision or "" for o in planned if o.operation.uncaptured})
    if revisions:
        found.append(
            f"{', '.join(revisions)} runs as Python, as it is: it could not be turned into operations, so it is"
            " neither split into phases nor batched."
        )
    blocking = [_name(o) for o in planned if o.blocking]
    if blocking:
        found.append(
            "No online form, and the application would wait; deploy runs it only if that is allowed:"
            f" {', '.join(blocking)}."
        )
    others = [_name(o) for o in planned if not (o.online or o.blocking or o.operation.uncaptured)]
    if others:
        found.append(f"Not online, run as written: {', '.join(others)}.")
    return tuple(found)


def _is_put_off(asked: Placed, ordered: Placed) -> bool:
    """It begins, or is there for new code, only in contract, and was to be before."""
    at_all = asked.begins is not PhaseName.CONTRACT and ordered.begins is PhaseName.CONTRACT
    return at_all or (asked.settled is not PhaseName.CONTRACT and ordered.settled is PhaseName.CONTRACT)


def _name(planned: PlannedOperation) -> str:
    where = f" on {planned.table}" if planned.table else ""
    return f"{planned.kind.replace('_', ' ')}{where}"
