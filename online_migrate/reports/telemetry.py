"""A deploy as OpenTelemetry spans and metrics; imported only where opentelemetry-api is installed (extra `otel`).

Where they go is the business of the SDK and its environment variables; without an SDK they go nowhere.
"""

from types import TracebackType
from typing import Self

from opentelemetry import metrics, trace

from online_migrate import __version__
from online_migrate.events import (
    BatchDone,
    DeployMoved,
    Ended,
    Event,
    Recycled,
    Retrying,
    StepFinished,
    StepStarted,
    StepUndone,
)

NAME = "online_migrate"


class Telemetry:
    """An observer with one span for the command and one in it for each step; a context manager, for the first."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer(NAME, __version__)
        meter = metrics.get_meter(NAME, __version__)
        self._steps = meter.create_histogram("online_migrate.step.duration", "s", "Time that a step took.")
        self._waited = meter.create_histogram("online_migrate.lock.wait", "s", "Time that a step waited for locks.")
        self._held = meter.create_histogram("online_migrate.lock.hold", "s", "Time that a step held its locks.")
        self._rows = meter.create_counter("online_migrate.rows", "{row}", "Rows changed by backfills.")
        self._retries = meter.create_counter("online_migrate.retries", "{try}", "Tries that were backed out whole.")
        self._ended = meter.create_counter("online_migrate.sessions.ended", "{session}", "Sessions of others ended.")
        self._command: trace.Span = trace.INVALID_SPAN
        self._step: trace.Span = trace.INVALID_SPAN

    def __enter__(self) -> Self:
        self._command = self._tracer.start_span("online_migrate.deploy")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_back: TracebackType | None
    ) -> None:
        for span in (self._step, self._command):
            if error is not None and span.is_recording():
                span.record_exception(error)
                span.set_status(trace.StatusCode.ERROR, str(error))
            span.end()

    def __call__(self, event: Event) -> None:
        match event:
            case DeployMoved(deploy_id=deploy_id, state=state):
                self._command.set_attribute("online_migrate.deploy", deploy_id)
                self._command.set_attribute("online_migrate.state", state)
            case StepStarted(step=step, phase=phase):
                attributes = {"online_migrate.step": step.id, "online_migrate.kind": step.kind}
                self._step = self._tracer.start_span(
                    "online_migrate.step",
                    trace.set_span_in_context(self._command),
                    attributes=attributes | {"online_migrate.phase": phase},
                )
            case StepFinished():
                self._finished(event)
            case StepUndone(step=step):
                self._command.add_event("step_undone", {"online_migrate.step": step.id})
            case BatchDone(step=step, rows=rows):
                self._rows.add(rows, {"online_migrate.step": step.id})
            case Retrying(sqlstate=sqlstate):
                self._retries.add(1, {"db.response.status_code": sqlstate})
                self._step.add_event("retrying", {"db.response.status_code": sqlstate})
            case Ended(blocker=blocker):
                self._ended.add(1, {"reason": "in the way"})
                self._step.add_event("session_ended", {"pid": blocker.pid})
            case Recycled(ended=ended):
                self._ended.add(ended, {"reason": "prepared statements"})
            case _:
                pass

    def _finished(self, event: StepFinished) -> None:
        attributes = {"online_migrate.kind": event.step.kind}
        self._steps.record(event.seconds, attributes)
        self._waited.record(event.waited_s, attributes)
        self._held.record(event.held_s, attributes)
        self._step.set_attribute("online_migrate.attempts", event.attempts)
        self._step.set_attribute("online_migrate.skipped", event.skipped)
        self._step.end()
        self._step = trace.INVALID_SPAN
