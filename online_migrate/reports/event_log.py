"""A deploy as lines of a log: one for each row that the journal gets of it, and for each wait, retry and failure."""

from math import isfinite
from typing import Any, Literal, TextIO

import structlog

from online_migrate.errors import OnlineMigrateError
from online_migrate.events import (
    BatchDone,
    Blocker,
    Building,
    DeployMoved,
    Ended,
    Event,
    Held,
    PhaseFinished,
    Recycled,
    Retrying,
    Spared,
    StepFinished,
    StepStarted,
    StepUndone,
    Waiting,
)
from online_migrate.execution.journal import describe_blocker
from online_migrate.plan.steps import StepBase

LogFormat = Literal["text", "json"]

_WARNINGS = (Waiting, Retrying, Ended, Spared)
_NAMES: dict[type, str] = {
    PhaseFinished: "phase_finished",
    StepStarted: "step_running",
    StepFinished: "step_done",
    StepUndone: "step_undone",
    Waiting: "waiting",
    Ended: "session_ended",
    Spared: "session_spared",
    Recycled: "sessions_recycled",
    Held: "held",
    Retrying: "retrying",
    BatchDone: "batch_done",
    Building: "index_building",
}


class EventLog:
    """An observer that writes each event as a line with time, level, name and fields; names are the journal's.

    What other sessions run is written only in the message of a failure, for it may hold the application's secrets.
    What is said again and again while it lasts (who is in the way, what holds a backfill, its progress) is written
    when it changes.
    """

    def __init__(self, stream: TextIO, form: LogFormat) -> None:
        render = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
        self._log: Any = structlog.wrap_logger(
            structlog.PrintLogger(stream),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                render,
            ],
            wrapper_class=structlog.BoundLogger,
        )
        self._last: dict[type, object] = {}

    def __call__(self, event: Event) -> None:
        state = _state(event)
        if state is not None and self._last.get(type(event)) == state:
            return
        self._last[type(event)] = state
        if isinstance(event, DeployMoved):
            self._log = self._log.bind(deploy=event.deploy_id)
            self._log.info(f"deploy_{event.state}", phase=event.phase)
        else:
            log = self._log.warning if isinstance(event, _WARNINGS) else self._log.info
            log(_NAMES[type(event)], **_fields(event))

    def failed(self, error: OnlineMigrateError) -> None:
        """Write that the command ends with an error."""
        self._log.error(
            "failed", error=type(error).__name__, message=error.message, hint=error.hint, status=error.exit_status
        )


def _fields(event: Event) -> dict[str, object]:
    fields = {name: _plain(getattr(event, name)) for name in event.__slots__}
    if isinstance(event, StepStarted):
        fields |= {"kind": event.step.kind, "purpose": event.step.purpose}
    return fields


def _plain(value: object) -> object:
    match value:
        case StepBase():
            return value.id
        case Blocker():
            return describe_blocker(value)
        case tuple():
            return [_plain(one) for one in value]
        case float():
            return round(value, 3) if isfinite(value) else None
        case _:
            return value


def _state(event: Event) -> object:
    match event:
        case Waiting(step=step, blockers=blockers):
            return step.id, frozenset(blocker.pid for blocker in blockers)
        case Spared(step=step, blocker=blocker, reason=reason):
            return step.id, blocker.pid, reason
        case Held(step=step, reason=reason):
            return step.id, reason
        case BatchDone(step=step, fraction=fraction):
            return step.id, int(fraction * 100)
        case Building(step=step, phase=phase, fraction=fraction):
            return step.id, phase, int((fraction or 0) * 10)
        case _:
            return None
