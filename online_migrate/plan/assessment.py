"""What one operation would do if it were run naively, here and now."""

from dataclasses import dataclass
from enum import StrEnum

from online_migrate.plan.names import Lock


class Risk(StrEnum):
    """Blocking risk of the naive form, least first."""

    MINIMAL = "minimal"
    MODERATE = "moderate"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def severity(self) -> int:
        """Place in the order above."""
        return _SEVERITY[self]


_SEVERITY = {risk: number for number, risk in enumerate(Risk)}


class Compatibility(StrEnum):
    """Which running application code the change breaks the moment it is made."""

    NONE = "none"
    BREAKS_OLD_CODE = "breaks_old_code"
    BREAKS_NEW_CODE = "breaks_new_code"
    BREAKS_BOTH = "breaks_both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The verdict on one operation.

    Attributes:
        migration_type: name of the row of the risk table, "Add Index" and the finer ones below it.
        risk: of the naive form on the table as it is (small tables lowered).
        locks: every table and partition that the naive form locks, strongest mode each.
        rewrites: a table's own storage is written anew.
        scans: rows of some table are read in bulk.
        estimate_s: seconds for which the locks are held, low and high.
        compatibility: which application code it breaks.
        data_loss: rows or values cannot be got back.
        why: one or two sentences for people, with the figures that decided.
        waiting_statements: how many application statements would wait for it, low and high, at the average rate
            since the statistics were reset; None where that rate is not known.
        opaque: the statement cannot be looked into (DO block, Python); the verdict is a guess and says so.
    """

    migration_type: str
    risk: Risk
    locks: tuple[Lock, ...]
    rewrites: bool
    scans: bool
    estimate_s: tuple[float, float]
    compatibility: Compatibility
    data_loss: bool
    why: str
    opaque: bool = False
    waiting_statements: tuple[int, int] | None = None
