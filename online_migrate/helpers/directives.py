"""Indexes, constraints and columns: directives of Alembic's, with their own arguments, in the form that lets
applications go on. `ways.carry_out` says what each does under which command."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from online_migrate.helpers.standing import Subject
from online_migrate.helpers.ways import Work, carry_out


def create_index(
    op: Any,
    index_name: str | None,
    table_name: str,
    columns: Sequence[str | sa.TextClause | sa.ColumnElement[Any]],
    *,
    schema: str | None = None,
    unique: bool = False,
    **kw: Any,
) -> None:
    """Build an index beside the writers; the arguments are those of `op.create_index`."""
    operation = ops.CreateIndexOp(index_name, table_name, columns, schema=schema, unique=unique, **kw)
    carry_out(op, Work(directive="create_index", operation=operation, subject=Subject(table_name, schema)))


def drop_index(
    op: Any, index_name: str, table_name: str, *, schema: str | None = None, if_exists: bool | None = None, **kw: Any
) -> None:
    """Drop an index beside the writers; the arguments are those of `op.drop_index`."""
    operation = ops.DropIndexOp(index_name, table_name, schema=schema, if_exists=if_exists, **kw)
    carry_out(op, Work(directive="drop_index", operation=operation, subject=Subject(table_name, schema)))


def add_foreign_key(
    op: Any,
    constraint_name: str | None,
    source_table: str,
    referent_table: str,
    local_cols: list[str],
    remote_cols: list[str],
    *,
    source_schema: str | None = None,
    referent_schema: str | None = None,
    **kw: Any,
) -> None:
    """Add a foreign key, for new rows first, then for those that are there; arguments of `op.create_foreign_key`."""
    operation = ops.CreateForeignKeyOp(
        constraint_name,
        source_table,
        referent_table,
        local_cols,
        remote_cols,
        source_schema=source_schema,
        referent_schema=referent_schema,
        **kw,
    )
    carry_out(op, Work(directive="add_foreign_key", operation=operation, subject=Subject(source_table, source_schema)))


def add_check(
    op: Any,
    constraint_name: str | None,
    table_name: str,
    condition: str | sa.TextClause | sa.ColumnElement[Any],
    *,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Add a CHECK, for new rows first, then for those that are there; arguments of `op.create_check_constraint`."""
    operation = ops.CreateCheckConstraintOp(constraint_name, table_name, condition, schema=schema, **kw)
    carry_out(op, Work(directive="add_check", operation=operation, subject=Subject(table_name, schema)))


def add_unique(
    op: Any,
    constraint_name: str | None,
    table_name: str,
    columns: Sequence[str],
    *,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Add a UNIQUE constraint from an index built beside the writers; arguments of `op.create_unique_constraint`."""
    operation = ops.CreateUniqueConstraintOp(constraint_name, table_name, columns, schema=schema, **kw)
    carry_out(op, Work(directive="add_unique", operation=operation, subject=Subject(table_name, schema)))


def set_not_null(op: Any, table_name: str, column_name: str, *, schema: str | None = None, **kw: Any) -> None:
    """Make a column NOT NULL, its rows checked while they are written; `op.alter_column(..., nullable=False)`."""
    operation = ops.AlterColumnOp(table_name, column_name, schema=schema, modify_nullable=False, **kw)
    carry_out(op, Work(directive="set_not_null", operation=operation, subject=Subject(table_name, schema)))


def add_column(op: Any, table_name: str, column: sa.Column[Any], *, schema: str | None = None, **kw: Any) -> None:
    """Add a column; a volatile default is given to the rows in batches. The arguments are those of `op.add_column`."""
    operation = ops.AddColumnOp(table_name, column, schema=schema, **kw)
    carry_out(op, Work(directive="add_column", operation=operation, subject=Subject(table_name, schema)))
