"""backfill(): give the rows of a table their values."""

from collections.abc import Mapping
from typing import Any

from alembic.operations import ops

from online_migrate.errors import HelperMisused
from online_migrate.helpers.standing import Subject
from online_migrate.helpers.update import Target, update
from online_migrate.helpers.ways import Work, carry_out


def backfill(
    op: Any,
    table: str,
    set_: Mapping[str, Any],
    *,
    where: Any = None,
    schema: str | None = None,
) -> None:
    """Change rows in batches that commit one by one, however the migration is run (`ways.carry_out` says how).

    Args:
        op: Alembic's `op`.
        table: its name.
        set_: column to value: SQL as a string ("first_name || ' ' || last_name"; a text constant needs quotes of its
            own, "'new'"), an SQLAlchemy expression, or a number, truth value, date, UUID or None as it is.
        where: which rows, as SQL or an SQLAlchemy expression; "full_name IS NULL" leaves alone what has a value.
        schema: of the table; None looks it up on the search_path.

    Raises:
        HelperMisused: the arguments say nothing that can be done.
        OnlineMigrateError: it stopped part of the way; running the migration again carries on.
    """
    if not set_:
        raise HelperMisused("backfill: set_ names no column.", hint='Give it as set_={"column": "SQL expression"}.')
    target = Target(table=table, schema=schema, dialect=op.get_context().dialect.name)
    operation = ops.ExecuteSQLOp(update(target, set_, where))
    carry_out(op, Work(directive="backfill", operation=operation, subject=Subject(table, schema)))
