"""What a deploy refuses: operations that cannot succeed, or that would keep the application waiting."""

from online_migrate.errors import BlockingRefused, PlanImpossible
from online_migrate.plan.finding import REFUSED
from online_migrate.plan.model import Plan, PlannedOperation
from online_migrate.plan.override import Allowed, hyphenated
from online_migrate.reports.words import plural, span


def blocking_not_allowed(plan: Plan, allowed: Allowed) -> tuple[PlannedOperation, ...]:
    """Return the operations that block for longer than the lock budget and that no override allows."""
    if plan.policy.allow_blocking:
        return ()
    return tuple(o for o in plan.operations if o.blocking and o.operation.id not in allowed.by_operation)


def refuse_blocking(plan: Plan, allowed: Allowed) -> None:
    """Return where nothing of the plan blocks for longer than the lock budget, or all that does is allowed.

    Raises:
        BlockingRefused: names each operation, where it stands, whom it blocks for how long, and what to use instead.
    """
    refused = blocking_not_allowed(plan, allowed)
    if not refused:
        return
    what = f"{plural(len(refused), 'operation')} would keep the application waiting; nothing was changed."
    kind = hyphenated(refused[0].assessment.migration_type)
    raise BlockingRefused(
        "\n".join([what, *map(_in_words, refused)]),
        hint=f"To run {'it' if len(refused) == 1 else 'them'} as written in a quiet hour: `deploy --allow-blocking`, "
        f"allow_blocking = true in [tool.online-migrate], or the comment `online-migrate: allow {kind} because ...`.",
    )


def refuse_impossible(plan: Plan) -> None:
    """Return where no finding says that PostgreSQL refuses one of the plan's operations.

    Raises:
        PlanImpossible: with the findings.
    """
    if found := [f"{finding}" for finding in plan.finding_details if finding.code == REFUSED]:
        raise PlanImpossible(" ".join(found), hint="Nothing was changed; `alembic upgrade` would fail there too.")


def _in_words(planned: PlannedOperation) -> str:
    source, assessment = planned.operation.source, planned.assessment
    place = f"{source.file}:{source.line}: " if source is not None else ""
    table = f" on {planned.table}" if planned.table is not None else ""
    strongest = max(assessment.locks, key=lambda lock: lock.mode.strength)
    what = f"{place}{assessment.migration_type}{table} blocks {strongest.mode.blocks} of {strongest.relation}"
    return " ".join((f"- {what} for {span(*assessment.estimate_s)}.", *planned.notes))
