"""What the engine tells while it works: one event per thing that happens; whoever watches decides how to show it."""

from collections.abc import Callable
from dataclasses import dataclass

from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A session that is in the way of one of our locks or snapshots."""

    pid: int
    user: str
    application_name: str
    state: str
    query: str
    age_s: float
    relation: RelationName | None = None
    mode: str | None = None

    def __str__(self) -> str:
        place = f", on {self.relation}" if self.relation else ""
        return (
            f"pid {self.pid} (user {self.user}, application {self.application_name or 'unnamed'}, "
            f"{self.state or 'active'}, {self.age_s:.0f} s{place}): {' '.join(self.query.split())}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployMoved:
    """The journal has a deploy in another state or phase: running, gate, done, aborting, aborted, superseded."""

    deploy_id: int
    state: str
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    step: Step
    phase: str
    position: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A step is done. `skipped`: journal or catalog said so before it ran; `waited_s`: for locks, without queueing."""

    step: Step
    seconds: float
    waited_s: float = 0.0
    held_s: float = 0.0
    attempts: int = 1
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing of ours is queued; the blockers named are waited for, `left_s` more at most."""

    step: Step
    blockers: tuple[Blocker, ...]
    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A session that was in the way was ended, as ordered; the server rolls its transaction back."""

    step: Step
    blocker: Blocker


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """A session in the way is not ended although that is ordered, for the reason given; it is waited for."""

    step: Step
    blocker: Blocker
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycled:
    """Idle sessions of the application were ended, because what they have prepared fails since the step.

    Attributes:
        ended: how many were.
        at_work: how many had no idle moment, and are left as they are.
        refused: how many the role may not see or end.
    """

    step: Step
    ended: int
    at_work: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """A try was backed out whole (SQLSTATE given) and will be made again."""

    step: Step
    sqlstate: str
    attempt: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The next batch or step may not begin, for the reason given; None: it goes on. Nothing of ours is locked."""

    step: Step
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDone:
    """A backfill batch is committed. `fraction` of the range is done, `rows_total` is an estimate."""

    step: Step
    rows: int
    rows_done: int
    rows_total: int
    fraction: float
    seconds: float
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """An index is being built: `phase` in the server's words, and the share that is done of one that counts."""

    step: Step
    phase: str
    fraction: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFinished:
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone:
    """A step is put back. `gone`: the server's words on what of it was dropped by others, and so needed nothing."""

    step: Step
    gone: tuple[str, ...] = ()


Event = (
    DeployMoved
    | StepStarted
    | StepFinished
    | Waiting
    | Ended
    | Spared
    | Recycled
    | Held
    | Retrying
    | BatchDone
    | Building
    | PhaseFinished
    | StepUndone
)
Observer = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Watch nothing."""
