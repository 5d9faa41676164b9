"""How far the deploys of a database are, read from its journal; works where there is none."""

from dataclasses import dataclass

import psycopg

from online_migrate.backfilling import control
from online_migrate.backfilling.control import Control
from online_migrate.backfilling.progress import StepProgress, progress
from online_migrate.database import Database
from online_migrate.execution import journal, schema, termination
from online_migrate.execution.index_progress import IndexProgress, index_progress
from online_migrate.execution.journal import DeployRecord, StepRecord
from online_migrate.execution.lease import Holder, holder
from online_migrate.execution.termination import EndedSession
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import ConcurrentDdl, Step

SHOWN: tuple[journal.DeployState, ...] = ("running", "aborting", "gate")
ENDED: tuple[journal.DeployState, ...] = ("done", "aborted", "superseded")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStatus:
    """One step: what the plan and the journal say of it, how far its backfill or index is, and whom it ended."""

    step: Step
    record: StepRecord
    backfill: StepProgress | None
    ended: tuple[EndedSession, ...] = ()
    index: IndexProgress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStatus:
    """One phase and its steps in order."""

    name: PhaseName
    steps: tuple[StepStatus, ...]

    def count(self, state: journal.StepState) -> int:
        """Return how many of its steps are in a state."""
        return sum(1 for step in self.steps if step.record.state == state)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployStatus:
    """One deploy with all its phases, and what an operator ordered of it, if ever."""

    record: DeployRecord
    control: Control | None
    phases: tuple[PhaseStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is under way in a database.

    Attributes:
        deploys: unfinished or at the gate, oldest first.
        last: the deploy that ended last, without its steps.
        holder: who runs the database now.
    """

    deploys: tuple[DeployStatus, ...]
    last: DeployRecord | None
    holder: Holder | None


def status(database: Database) -> Status:
    """Read the journal in one snapshot; creates nothing, and is empty where there is no journal.

    Raises:
        JournalTooNew, JournalTooOld: see `schema.reading`.
    """
    with database.connect("status", autocommit=False) as connection, schema.reading(connection):
        records = journal.deploys(connection, SHOWN)
        ended = sorted(journal.deploys(connection, ENDED), key=lambda r: (r.finished_at or r.started_at, r.id))
        return Status(
            deploys=tuple(_deploy(connection, record) for record in records),
            last=ended[-1] if ended else None,
            holder=holder(connection),
        )


def _deploy(connection: psycopg.Connection, record: DeployRecord) -> DeployStatus:
    plan = record.plan()
    records = {r.step_id: r for r in journal.steps(connection, record.id)}
    backfills = {backfill.step: backfill for backfill in progress(connection, record.id)}
    ended = termination.ended(connection, record.id)
    return DeployStatus(
        record=record,
        control=control.read(connection, record.id),
        phases=tuple(
            PhaseStatus(
                name=phase.name,
                steps=tuple(
                    StepStatus(
                        step=step,
                        record=records[step.id],
                        backfill=backfills.get(step.id),
                        ended=tuple(session for session in ended if session.step_id == step.id),
                        index=_index(connection, step, records[step.id]),
                    )
                    for step in phase.steps
                ),
            )
            for phase in plan.phases
        ),
    )


def _index(connection: psycopg.Connection, step: Step, record: StepRecord) -> IndexProgress | None:
    if not isinstance(step, ConcurrentDdl) or step.index is None or record.state != "running":
        return None
    return index_progress(connection, step.index)
