"""Whether a fresh plan may start: everything is refused before anything is written."""

from collections.abc import Callable

import psycopg

from online_migrate.errors import ContractPending, DeployUnfinished, PlanOutdated
from online_migrate.execution import journal, pooling, server
from online_migrate.execution.journal import DeployRecord
from online_migrate.execution.versions import IsAncestor, heads, stands
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.names import LockMode, RelationName

Fingerprint = Callable[[psycopg.Connection, tuple[RelationName, ...]], str]
"""The fingerprint of the catalog facts about these relations, now."""


def admit(
    connection: psycopg.Connection,
    plan: Plan,
    *,
    fingerprint: Fingerprint,
    is_ancestor: IsAncestor,
    own_session: bool,
) -> None:
    """Check a fresh plan against the database; changes nothing, locks nothing.

    Args:
        own_session: as `pooling.admit` says.

    Raises:
        ServerNotSupported, StandbyServer, SettingInTheWay, PrivilegeMissing: the server or the role cannot run it.
        DeployUnfinished, ContractPending: an earlier deploy comes first.
        DirectConnectionNeeded: of a step of any phase.
        PlanOutdated: Alembic's version or the catalog is not what the plan was made for.
    """
    server.admit(connection)
    server.refuse_distributed(connection, plan)
    server.admit_owner(connection, plan)
    pooling.require_sessions((step for phase in plan.phases for step in phase.steps), own_session=own_session)
    _no_unfinished(connection)
    refuse_turning_round(connection, plan, is_ancestor)
    _no_pending_contract(connection, plan)
    _same_version(connection, plan)
    if fingerprint(connection, plan.relations) != plan.fingerprint:
        raise PlanOutdated(
            "The tables of the plan are not as they were when it was made.",
            hint="Make the plan again with `online-migrate plan`, and look at what is different.",
        )


def _no_unfinished(connection: psycopg.Connection) -> None:
    found = journal.unfinished(connection)
    if found is not None:
        raise DeployUnfinished(
            f"Deploy {found.id} to {', '.join(found.target) or 'no revision'} is unfinished ({found.state}, "
            f"phase {found.phase}), and this is another plan.",
            hint=f"Finish it with `{found.plan().command}`, or undo it with `online-migrate abort`.",
        )


def refuse_turning_round(connection: psycopg.Connection, plan: Plan, is_ancestor: IsAncestor) -> None:
    """Refuse to take back what a deploy at its gate has brought, or to bring again what one has taken back.

    Asked before anything else is said of such a plan: it was made for a schema that is not there yet.

    Raises:
        ContractPending: and the way back is another.
    """
    for record in journal.awaiting_contract(connection):
        waiting = record.plan()
        if plan.downgrade is not waiting.downgrade and not stands(plan.target, waiting, is_ancestor):
            raise _turned_round(record, plan)


def _no_pending_contract(connection: psycopg.Connection, plan: Plan) -> None:
    wanted = _changed(plan, tuple(PhaseName)) | {o.table for o in plan.operations if o.table is not None}
    for record in journal.awaiting_contract(connection):
        shared = sorted(wanted & _changed(record.plan(), (PhaseName.CONTRACT,)))
        if shared:
            revisions = ", ".join(record.target) or f"deploy {record.id}"
            raise ContractPending(
                f"The contract phase of {revisions} still has to change {', '.join(map(str, shared))}, "
                "which this plan changes too.",
                hint=f"When no code from before {revisions} runs any more: `online-migrate deploy --phase contract`.",
            )


def _turned_round(record: DeployRecord, plan: Plan) -> ContractPending:
    to = ", ".join(record.target) or "base"
    what = f"The {'upgrade' if plan.downgrade else 'downgrade'} to {to}"
    if record.phase == PhaseName.CONTRACT:
        return ContractPending(
            f"{what} has begun its contract phase and has not finished it; this plan is the way back.",
            hint="Finish it first: `online-migrate deploy --phase contract`.",
        )
    first = "" if set(record.target) == set(plan.current) else f"Go back to {to} first. "
    return ContractPending(
        f"{what} waits at the gate: what it is to remove is still there, and this plan is made for a schema without.",
        hint=f"{first}`online-migrate abort` undoes it, and that is the way back.",
    )


def _changed(plan: Plan, phases: tuple[PhaseName, ...]) -> set[RelationName]:
    """Return the relations whose definition the phases change, or whose rows they lock against others."""
    version_table = plan.version_table.name if plan.version_table is not None else None
    return {
        lock.relation
        for phase in plan.phases
        if phase.name in phases
        for step in phase.steps
        for lock in step.locks
        if lock.relation != version_table and lock.mode.strength >= LockMode.SHARE_UPDATE_EXCLUSIVE.strength
    }


def _same_version(connection: psycopg.Connection, plan: Plan) -> None:
    if plan.version_table is None:
        return
    found = heads(connection, plan.version_table.name)
    if set(found) != set(plan.current):
        raise PlanOutdated(
            f"The database is at {', '.join(found) or 'no revision'}; the plan was made for "
            f"{', '.join(plan.current) or 'no revision'}.",
            hint="Make the plan again with `online-migrate plan`.",
        )
