"""One helper's statements planned and deployed by themselves, all phases at once, on connections of our own."""

from contextlib import nullcontext
from dataclasses import replace

import psycopg

from online_migrate.backfilling.computed import Compute, nobody_computes
from online_migrate.catalog.fingerprint import fingerprint
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import PlanOutdated, RevisionFailed
from online_migrate.execution import journal, runner
from online_migrate.execution.live_catalog import live_fingerprint, read_catalog
from online_migrate.helpers.attempt import operations_of
from online_migrate.helpers.existing import existing
from online_migrate.helpers.telling import Teller
from online_migrate.plan.model import Phase, PhaseName, Plan
from online_migrate.plan.operation import Operation
from online_migrate.plan.override import NOTHING_ALLOWED
from online_migrate.plan.steps import Gate, RunRevision
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from online_migrate.reports.refusals import refuse_blocking

_TRIES = 5


def run(
    database: Database,
    operations: tuple[Operation, ...],
    heads: tuple[str, ...],
    policy: Policy,
    compute: Compute | None = None,
) -> int | None:
    """Carry the operations out online, or carry on with them where an earlier run was killed; wait for other engines.

    Args:
        heads: where Alembic stands; nothing is stamped.
        compute: the function, where the values are computed by one.

    Returns:
        The deploy in the journal; None where there was nothing to do.

    Raises:
        OnlineMigrateError: see `execution.runner.deploy`. The same call carries on.
    """
    for left in reversed(range(_TRIES)):
        with database.connect("helper") as connection:
            unfinished = journal.unfinished(connection)
            ours = unfinished is not None and operations_of(unfinished.plan()) == operations
            plan = None if ours else _plan(connection, operations, heads, policy)
        if plan is None and not ours:
            return None
        try:
            outcome = runner.deploy(plan, database=database, settings=_settings(compute))
        except PlanOutdated:
            # Whoever was waited for has changed the table meanwhile.
            if not left:
                raise
            continue
        return outcome.deploy_id
    return None


def _plan(
    connection: psycopg.Connection, operations: tuple[Operation, ...], heads: tuple[str, ...], policy: Policy
) -> Plan | None:
    """Return the plan with all its steps before the gate: no code is deployed between them.

    None where what is to be made is there.

    Raises:
        BlockingRefused: it has no online form, and the settings do not allow it.
    """
    careful = replace(policy, small_tables_as_written=False)
    live = before = read_catalog(connection)
    if len(operations) == 1:
        there, before = existing(operations[0], live)
        if there:
            return None
    plan = build(operations, before, careful, current=heads, target=heads)
    refuse_blocking(plan, NOTHING_ALLOWED)
    steps = tuple(step for phase in plan.phases for step in phase.steps if not isinstance(step, Gate))
    phases = tuple(Phase(name=name, steps=steps if name is PhaseName.MIGRATE else ()) for name in PhaseName)
    return replace(plan, phases=phases, fingerprint=fingerprint(live, plan.relations))


def _settings(compute: Compute | None) -> runner.Settings:
    return runner.Settings(
        phases=runner.BEFORE_GATE,
        clock=SystemClock(),
        observer=Teller(),
        run_revision=_no_revision,
        should_stop=lambda: False,
        fingerprint=live_fingerprint,
        is_ancestor=lambda earlier, later: earlier == later,
        wait=True,
        computing=nobody_computes if compute is None else lambda _step: nullcontext(compute),
    )


def _no_revision(step: RunRevision, _mark: str) -> None:
    raise RevisionFailed(f"Revision {step.revision} of another deploy is unfinished.")
