"""The helpers as directives of Alembic's `op`; importing this module, best in env.py, registers them.

`op.backfill`, `op.add_column_online`, `op.add_check_online`, `op.add_foreign_key_online`, `op.add_unique_online`,
`op.create_index_online`, `op.drop_index_online` and `op.set_not_null_online` take what the helpers take after `op`.
With `process_revision_directives=online_operations` newly generated revisions use them by themselves.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import BatchOperations, MigrateOperation, Operations, ops
from alembic.runtime.migration import MigrationContext

from online_migrate.helpers import directives
from online_migrate.helpers.backfill import backfill
from online_migrate.helpers.standing import Subject
from online_migrate.helpers.ways import Work, carry_out

_PLAIN: dict[type[MigrateOperation], tuple[str, str]] = {
    ops.CreateIndexOp: ("create_index", "create_index"),
    ops.DropIndexOp: ("drop_index", "drop_index"),
    ops.CreateForeignKeyOp: ("create_foreign_key", "add_foreign_key"),
    ops.CreateCheckConstraintOp: ("create_check_constraint", "add_check"),
    ops.CreateUniqueConstraintOp: ("create_unique_constraint", "add_unique"),
}
"""Operations of Alembic's that are rendered as ours: Alembic's directive, and the helper."""


class OnlineOp(MigrateOperation):
    """An operation of Alembic's that is to be carried out in its online form."""

    def __init__(self, operation: MigrateOperation) -> None:
        self.operation = operation

    def reverse(self) -> MigrateOperation:
        """Return the online form of the reverse operation, where it has one."""
        return _online(self.operation.reverse())

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what Alembic says of the plain operation."""
        return self.operation.to_diff_tuple()

    @classmethod
    def backfill(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.backfill`."""
        backfill(operations, *args, **kw)

    @classmethod
    def add_check_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.add_check`."""
        directives.add_check(operations, *args, **kw)

    @classmethod
    def add_column_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.add_column`."""
        directives.add_column(operations, *args, **kw)

    @classmethod
    def add_foreign_key_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.add_foreign_key`."""
        directives.add_foreign_key(operations, *args, **kw)

    @classmethod
    def add_unique_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.add_unique`."""
        directives.add_unique(operations, *args, **kw)

    @classmethod
    def create_index_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.create_index`."""
        directives.create_index(operations, *args, **kw)

    @classmethod
    def drop_index_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.drop_index`."""
        directives.drop_index(operations, *args, **kw)

    @classmethod
    def set_not_null_online(cls, operations: Operations, *args: Any, **kw: Any) -> None:
        """See `online_migrate.set_not_null`."""
        directives.set_not_null(operations, *args, **kw)


def online_operations(_context: MigrationContext, _revision: Any, scripts: list[ops.MigrationScript]) -> None:
    """Let newly generated revisions build indexes and constraints of tables that are there already online.

    For `context.configure(process_revision_directives=online_operations)`; it works on the scripts in place.
    """
    for script in scripts:
        for container in (*script.upgrade_ops_list, *script.downgrade_ops_list):
            made = {(o.schema, o.table_name) for o in container.ops if isinstance(o, ops.CreateTableOp)}
            container.ops = list(_rewritten(container.ops, made))


def _rewritten(operations: Iterable[MigrateOperation], made: set[tuple[str | None, str]]) -> Iterator[MigrateOperation]:
    for operation in operations:
        if not isinstance(operation, ops.ModifyTableOps) or (operation.schema, operation.table_name) in made:
            yield operation
            continue
        # Behind its block: what a batch block holds is only run at its end, and may be what an index is on.
        online = [one for one in operation.ops if type(one) in _PLAIN]
        dropped = [one for one in online if isinstance(one, ops.DropIndexOp)]
        yield from map(_online, dropped)
        operation.ops = [one for one in operation.ops if one not in online]
        if operation.ops:
            yield operation
        yield from (_online(one) for one in online if one not in dropped)


def _online(operation: MigrateOperation) -> MigrateOperation:
    return OnlineOp(operation) if type(operation) in _PLAIN else operation


@Operations.implementation_for(OnlineOp)
def _carry_out(operations: Operations, online: OnlineOp) -> None:
    operation: Any = online.operation
    if isinstance(operation, ops.CreateForeignKeyOp):
        subject = Subject(operation.source_table, operation.kw.get("source_schema"))
    else:
        subject = Subject(operation.table_name, operation.schema)
    carry_out(operations, Work(directive=_PLAIN[type(operation)][1], operation=operation, subject=subject))


@renderers.dispatch_for(OnlineOp)
def _render(context: AutogenContext, online: OnlineOp) -> list[str]:
    directive, helper = _PLAIN[type(online.operation)]
    prefix = context.opts["alembic_module_prefix"]
    # A warning of Alembic's about a constraint without a name may stand before the call.
    return [
        f"{prefix}{helper}_online({line.removeprefix(called)}" if line.startswith(called) else line
        for called in [f"{prefix}{directive}("]
        for line in render_op(context, online.operation)
    ]


_NAMES = ("backfill", *(name for name in vars(OnlineOp) if name.endswith("_online")))

for _name in _NAMES:
    Operations.register_operation(_name)(OnlineOp)
    # There it says in words that it wants `op` itself.
    BatchOperations.register_operation(_name)(OnlineOp)
