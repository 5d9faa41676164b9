"""What is done, kept in the target database: read by anybody, written by the holder of the lease only."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row

from online_migrate import __version__
from online_migrate.errors import LeaseLost
from online_migrate.events import Blocker
from online_migrate.execution.queries import query
from online_migrate.execution.schema import exists
from online_migrate.plan.model import PhaseName, Plan, Script
from online_migrate.plan.serialise import from_json, plan_hash, to_json
from online_migrate.plan.steps import Step

DeployState = Literal["running", "gate", "done", "aborting", "aborted", "superseded"]
StepState = Literal["pending", "running", "done", "undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRecord:
    """A deploy as the journal knows it; `phase` is the last one that was begun."""

    id: int
    plan_hash: str
    plan_json: str
    current: list[str]
    target: list[str]
    state: DeployState
    phase: str
    started_at: datetime
    finished_at: datetime | None
    engine_version: str

    def plan(self) -> Plan:
        """Return the plan that is being carried out."""
        return from_json(self.plan_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """A step as the journal knows it; times in ms, `blockers` those that were waited for."""

    step_id: str
    phase: str
    position: int
    kind: str
    state: StepState
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    waited_ms: int
    held_ms: int
    blockers: list[dict[str, Any]]


def deploys(connection: psycopg.Connection, states: Iterable[DeployState]) -> tuple[DeployRecord, ...]:
    """Return the deploys in these states, oldest first; none where there is no journal."""
    if not exists(connection):
        return ()
    with connection.cursor(row_factory=class_row(DeployRecord)) as cursor:
        return tuple(cursor.execute(query("deploys"), {"states": list(states)}).fetchall())


def unfinished(connection: psycopg.Connection) -> DeployRecord | None:
    """Return the deploy that has not reached its gate, or is being aborted; there is at most one."""
    return next(iter(deploys(connection, ("running", "aborting"))), None)


def awaiting_contract(connection: psycopg.Connection) -> tuple[DeployRecord, ...]:
    """Return the deploys that stand at the gate (or have begun their contract phase), oldest first."""
    return deploys(connection, ("gate",))


def steps(connection: psycopg.Connection, deploy_id: int) -> tuple[StepRecord, ...]:
    """Return the steps of a deploy in the order they run."""
    with connection.cursor(row_factory=class_row(StepRecord)) as cursor:
        return tuple(cursor.execute(query("steps"), {"deploy_id": deploy_id}).fetchall())


def scripts_applied(connection: psycopg.Connection) -> tuple[Script, ...]:
    """Return the SQL files that deploys have run, in order."""
    if not exists(connection):
        return ()
    return tuple(Script(name=name, sha256=sha256) for name, sha256 in connection.execute(query("scripts")).fetchall())


def settled(connection: psycopg.Connection, deploy_id: int, step_id: str, state: StepState) -> bool:
    """Return whether a step reached a state; waits for a transaction of ours that has not ended yet.

    Takes the row lock of the step, which a transaction that journals the step holds until it ends.
    """
    row = connection.execute(query("step_settled"), {"deploy_id": deploy_id, "step_id": step_id}).fetchone()
    return row is not None and row[0] == state


@dataclass(frozen=True, slots=True)
class Journal:
    """The writing side. Each method writes in the caller's transaction, or in one of its own outside any.

    Every write holds the key share of the lease's row to the end of its transaction.

    Raises:
        LeaseLost: the lease has another epoch; nothing is written, the caller's transaction must go.
    """

    epoch: int

    def fence(self, connection: psycopg.Connection) -> None:
        """Hold the lease's row, or raise LeaseLost."""
        if connection.execute(query("fence"), {"epoch": self.epoch}).fetchone() is None:
            raise LeaseLost()

    def record_deploy(self, connection: psycopg.Connection, plan: Plan) -> int:
        """Write a plan and its steps, all pending; return the deploy's id."""
        with connection.transaction():
            self.fence(connection)
            row = connection.execute(
                query("record_deploy"),
                {
                    "plan_hash": plan_hash(plan),
                    "plan": to_json(plan),
                    "current": list(plan.current),
                    "target": list(plan.target),
                    "phase": PhaseName.EXPAND.value,
                    "engine_version": __version__,
                },
            ).fetchone()
            assert row is not None  # INSERT ... RETURNING
            deploy_id = int(row[0])
            listed = [(phase.name.value, step) for phase in plan.phases for step in phase.steps]
            connection.execute(
                query("record_steps"),
                {
                    "deploy_id": deploy_id,
                    "step_ids": [step.id for _, step in listed],
                    "positions": list(range(1, len(listed) + 1)),
                    "phases": [phase for phase, _ in listed],
                    "kinds": [step.kind for _, step in listed],
                },
            )
        return deploy_id

    def mark_step(
        self,
        connection: psycopg.Connection,
        deploy_id: int,
        step: Step,
        state: StepState,
        *,
        attempts: int = 0,
        waited_s: float = 0.0,
        held_s: float = 0.0,
        blockers: Iterable[Blocker] = (),
    ) -> None:
        """Write a step's state; attempts and times are added to what stands there."""
        values = self._step_values(deploy_id, step, state) | {
            "attempts": attempts,
            "waited_ms": round(waited_s * 1000),
            "held_ms": round(held_s * 1000),
            "blockers": json.dumps([describe_blocker(b) for b in blockers]),
        }
        if connection.execute(query("mark_step"), values).fetchone() is None:
            raise LeaseLost()

    def note(
        self, connection: psycopg.Connection, deploy_id: int, step: Step, event: str, detail: dict[str, object]
    ) -> None:
        """Write what happened during a step beside its states."""
        values = {"deploy_id": deploy_id, "step_id": step.id, "event": event, "detail": json.dumps(detail)}
        if connection.execute(query("note"), values | {"epoch": self.epoch}).fetchone() is None:
            raise LeaseLost()

    def done_in_the_same_transaction(self, connection: psycopg.Connection, deploy_id: int, step: Step) -> str:
        """Return a statement that marks a step as done, for a transaction that somebody else holds.

        It returns a row; if it returns none the lease is lost, and the transaction must go.
        """
        return psycopg.ClientCursor(connection).mogrify(query("mark_step"), self._step_values(deploy_id, step, "done"))

    def _step_values(self, deploy_id: int, step: Step, state: StepState) -> dict[str, object]:
        return {
            "epoch": self.epoch,
            "deploy_id": deploy_id,
            "step_id": step.id,
            "state": state,
            "attempts": 0,
            "waited_ms": 0,
            "held_ms": 0,
            "blockers": "[]",
        }

    def mark_deploy(
        self,
        connection: psycopg.Connection,
        deploy_id: int,
        state: DeployState,
        phase: str,
        scripts: Iterable[Script] = (),
    ) -> None:
        """Write a deploy's state, and the scripts that it has now applied."""
        with connection.transaction():
            self.fence(connection)
            connection.execute(query("mark_deploy"), {"deploy_id": deploy_id, "state": state, "phase": phase})
            for script in scripts:
                values = {"name": script.name, "sha256": script.sha256, "deploy_id": deploy_id}
                connection.execute(query("record_script"), values)


def describe_blocker(blocker: Blocker) -> dict[str, object]:
    """Return what is kept of a blocker: not its query, whose literals are the application's secrets."""
    return {
        "pid": blocker.pid,
        "user": blocker.user,
        "application_name": blocker.application_name,
        "state": blocker.state,
        "age_s": round(blocker.age_s, 3),
        "relation": str(blocker.relation) if blocker.relation else None,
        "mode": blocker.mode,
    }
