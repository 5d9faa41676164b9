"""The outcome of a check: which operations are too risky, and why the others are let pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from online_migrate.plan.assessment import Risk
from online_migrate.plan.baseline import identity
from online_migrate.plan.model import Plan, PlannedOperation
from online_migrate.plan.override import Allowed


class Standing(StrEnum):
    """What a check makes of an operation."""

    FAILS = "fails"
    ALLOWED = "allowed"
    ACCEPTED = "accepted"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An operation and what a check makes of it; `reason` is that of the override that allows it."""

    planned: PlannedOperation
    standing: Standing
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of one or several plans.

    Attributes:
        static: no database was asked, so that tables are assumed to be large.
        gone: identities of the baseline that no operation has any more.
    """

    fail_on: Risk
    static: bool
    operations: tuple[Checked, ...]
    allowed: Allowed
    findings: tuple[str, ...]
    gone: int

    @property
    def failing(self) -> tuple[PlannedOperation, ...]:
        """The operations for which the check fails, riskiest first."""
        found = [c.planned for c in self.operations if c.standing is Standing.FAILS]
        return tuple(sorted(found, key=lambda o: -o.assessment.risk.severity))

    def count(self, standing: Standing) -> int:
        """Return how many operations have a standing."""
        return sum(c.standing is standing for c in self.operations)


def check(
    plans: Iterable[Plan], *, fail_on: Risk, allowed: Allowed, baseline: Mapping[str, Risk], static: bool
) -> Check:
    """Return what fails: operations of at least that risk which no override allows and the baseline does not have.

    Args:
        baseline: identities with the risk at which they were accepted; at a greater risk they are new.
    """
    given = tuple(plans)
    operations = [o for plan in given for o in plan.operations]
    known = {identity(o) for o in operations}
    return Check(
        fail_on=fail_on,
        static=static,
        operations=tuple(_checked(o, fail_on, allowed, baseline) for o in operations),
        allowed=allowed,
        findings=tuple(dict.fromkeys(finding for plan in given for finding in plan.findings)),
        gone=sum(1 for accepted in baseline if accepted not in known),
    )


def _checked(planned: PlannedOperation, fail_on: Risk, allowed: Allowed, baseline: Mapping[str, Risk]) -> Checked:
    risk = planned.assessment.risk
    override = allowed.by_operation.get(planned.operation.id)
    if risk.severity < fail_on.severity:
        return Checked(planned=planned, standing=Standing.BELOW)
    if override is not None:
        return Checked(planned=planned, standing=Standing.ALLOWED, reason=override.reason)
    accepted = baseline.get(identity(planned))
    if accepted is not None and risk.severity <= accepted.severity:
        return Checked(planned=planned, standing=Standing.ACCEPTED)
    return Checked(planned=planned, standing=Standing.FAILS)
