"""Where the deploys of a database stand, as plain data: docs/status-format.md says what each field means."""

from typing import Any

from online_migrate.backfilling.control import Control
from online_migrate.backfilling.progress import StepProgress
from online_migrate.execution.journal import DeployRecord
from online_migrate.execution.status import Status, StepStatus


def status_data(found: Status) -> dict[str, Any]:
    """Return the whole status as plain data; its fields are a promise."""
    return {
        "format": 1,
        "holder": str(found.holder) if found.holder else None,
        "deploys": [
            {
                **_record_data(deploy.record),
                "control": _control_data(deploy.control),
                "phases": [
                    {"name": phase.name.value, "steps": [_step_data(step) for step in phase.steps]}
                    for phase in deploy.phases
                ],
            }
            for deploy in found.deploys
        ],
        "last": _record_data(found.last) if found.last else None,
    }


def _record_data(record: DeployRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state,
        "phase": record.phase,
        "current": list(record.current),
        "target": list(record.target),
        "started_at": record.started_at.isoformat(),
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "plan_hash": record.plan_hash,
    }


def _control_data(control: Control | None) -> dict[str, Any] | None:
    if control is None:
        return None
    return {
        "desired": control.desired,
        "reason": control.reason,
        "set_by": control.set_by,
        "set_at": control.set_at.isoformat(),
        "throttle_ratio": control.throttle_ratio if control.throttled else 0.0,
        "throttle_until": control.throttle_until.isoformat() if control.throttled and control.throttle_until else None,
    }


def _step_data(step: StepStatus) -> dict[str, Any]:
    return {
        "id": step.step.id,
        "kind": step.step.kind,
        "purpose": step.step.purpose,
        "state": step.record.state,
        "attempts": step.record.attempts,
        "waited_ms": step.record.waited_ms,
        "held_ms": step.record.held_ms,
        "blockers": list(step.record.blockers),
        "ended": [
            {
                "pid": session.pid,
                "user": session.user,
                "application_name": session.application_name,
                "state": session.state,
                "age_s": session.age_s,
                "query": session.query,
                "at": session.at.isoformat(),
            }
            for session in step.ended
        ],
        "backfill": _backfill_data(step.backfill) if step.backfill is not None else None,
        "index": {"phase": step.index.phase, "fraction": step.index.fraction} if step.index is not None else None,
    }


def _backfill_data(found: StepProgress) -> dict[str, Any]:
    return {
        "state": found.state,
        "reason": found.reason,
        "method": found.method,
        "rows_done": found.rows_done,
        "rows_total": found.rows_total,
        "rows_hot": found.rows_hot,
        "blocks_done": found.blocks_done,
        "blocks_total": found.blocks_total,
        "wal_bytes": found.wal_bytes,
        "fraction": found.fraction,
        "rows_per_s": found.rows_per_s,
        "left_s": list(found.left_s) if found.left_s is not None else None,
        "workers": found.workers,
        "duty": found.duty if found.is_ruled else None,
        "held": found.held if found.is_ruled else None,
        "slowed": found.slowed if found.is_ruled else None,
        "signals": [_signal_data(signal) for signal in found.signals] if found.is_ruled else [],
    }


def _signal_data(signal: dict[str, Any]) -> dict[str, Any]:
    return {name: signal[name] for name in ("setting", "label", "value", "limit", "unit", "words", "steers", "holds")}
