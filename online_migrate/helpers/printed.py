"""What `alembic upgrade --sql` prints for a helper: the online form, for somebody to run by hand."""

from collections.abc import Sequence
from dataclasses import replace

from alembic.runtime.migration import MigrationContext

from online_migrate.catalog.offline import empty_catalog
from online_migrate.database import OLDEST_SERVER
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import Backfill
from online_migrate.planner.assumed import plan_each
from online_migrate.policy import Policy

_IN_ONE_PASS = (
    "-- online-migrate: the next statement changes its rows in one transaction, and keeps them locked until COMMIT.\n"
    "-- On a large table run the migration with `alembic upgrade` or `online-migrate deploy` instead of this script:\n"
    "-- they change the rows in batches."
)
_OUTSIDE = "-- online-migrate: each statement in a transaction of its own, so that nobody waits for all of them."


def write(context: MigrationContext, operations: tuple[Operation, ...], policy: Policy) -> None:
    """Write the statements that let an application go on, as any server from the oldest supported one takes them."""
    catalog = replace(empty_catalog(), server_version_num=OLDEST_SERVER)
    steps = [step for plan in plan_each(operations, catalog, policy) for phase in plan.phases for step in phase.steps]
    naive = [operation.sql for operation in operations]
    online = [statement for step in steps for statement in step.sql]
    if any(isinstance(step, Backfill) for step in steps):
        context.impl.static_output(_IN_ONE_PASS)
        _write(context, naive)
    elif online == naive:
        _write(context, naive)
    else:
        with context.autocommit_block():
            context.impl.static_output(_OUTSIDE)
            _write(context, online)


def _write(context: MigrationContext, statements: Sequence[str]) -> None:
    for statement in statements:
        context.impl.static_output(f"{statement}{context.impl.command_terminator}")
