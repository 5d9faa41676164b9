"""The difference between the models and the database, as Python that can be recorded. Only for the isolated process."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import produce_migrations
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _render_cmd_body
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from online_migrate.errors import ProjectInvalid

OWN_SCHEMA = "online_migrate"


class _Names(dict[str, Any]):
    """The names a generated script uses; a module of the user's is imported when it is first named."""

    def __missing__(self, name: str) -> Any:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise KeyError(name) from error


def difference(context: MigrationContext, directory: Path) -> tuple[Path, Any]:
    """Compare models and database as env.py configured it.

    Args:
        context: of env.py.
        directory: where the generated script is put.

    Returns:
        The file of the generated script, and the function that runs it.

    Raises:
        ProjectInvalid: env.py gives no target_metadata.
    """
    metadata = context.opts.get("target_metadata")
    if metadata is None:
        raise ProjectInvalid(
            "env.py gives no target_metadata, so there are no models to compare with the database.",
            hint="Set target_metadata in env.py.",
        )
    script = produce_migrations(context, metadata)
    hook = context.opts.get("process_revision_directives")
    directives = [script]
    if hook is not None:
        hook(context, context.get_current_heads(), directives)
    upgrades = [upgrade for directive in directives for upgrade in directive.upgrade_ops_list]
    for upgrade in upgrades:
        upgrade.ops = [o for o in upgrade.ops if not _is_ours(o, context)]
    rendering = AutogenContext(context, metadata=metadata)
    # Not render_python_code, which forgets the imports that what it renders needs.
    texts = [_render_cmd_body(upgrade, rendering) for upgrade in upgrades]
    path = directory / "autogenerate.py"
    path.write_text("\n".join(texts))
    code = compile(path.read_text(), str(path), "exec")

    def upgrade_database(**_options: Any) -> None:
        bind = op.get_bind()
        for enum in dict.fromkeys(e for u in upgrades for e in _enums(u.ops)):
            enum.create(bind, checkfirst=True)
        names = _Names({"op": op, "sa": sa})
        for line in sorted(rendering.imports):
            exec(line, names)
        exec(code, {"__builtins__": __builtins__}, names)

    return path, upgrade_database


def _is_ours(operation: Any, context: MigrationContext) -> bool:
    schema, table = getattr(operation, "schema", None), getattr(operation, "table_name", None)
    return schema == OWN_SCHEMA or (table == context.version_table and schema == context.version_table_schema)


def _enums(operations: list[Any]) -> Iterator[sa.Enum]:
    """Enum types of added or changed columns, which Alembic does not create (of new tables it does)."""
    for operation in operations:
        if isinstance(operation, ops.ModifyTableOps):
            yield from _enums(operation.ops)
        kind = getattr(operation, "modify_type", None)
        if isinstance(operation, ops.AddColumnOp):
            kind = operation.column.type
        if isinstance(kind, sa.ARRAY):
            kind = kind.item_type
        if isinstance(kind, sa.Enum) and kind.native_enum and kind.name:
            yield kind
