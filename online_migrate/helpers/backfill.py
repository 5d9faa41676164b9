"""backfill(): give the rows of a table their values."""

from collections.abc import Mapping, Sequence
from typing import Any

from alembic.operations import ops

from online_migrate.backfilling.computed import Compute
from online_migrate.errors import HelperMisused
from online_migrate.grammar.computed import Computed as Call
from online_migrate.grammar.computed import call_of
from online_migrate.helpers.computed import Computation, Computed, called, name_in_revision
from online_migrate.helpers.standing import Subject
from online_migrate.helpers.update import Target, update
from online_migrate.helpers.ways import Work, carry_out


def backfill(
    op: Any,
    table: str,
    set_: Mapping[str, Any] | None = None,
    *,
    where: Any = None,
    schema: str | None = None,
    compute: Compute | None = None,
    columns: Sequence[str] = (),
    reads: Sequence[str] = (),
) -> None:
    """Change rows in batches that commit one by one, however the migration is run (`ways.carry_out` says how).

    Args:
        op: Alembic's `op`.
        table: its name.
        set_: column to value: SQL as a string ("first_name || ' ' || last_name"; a text constant needs quotes of its
            own, "'new'"), an SQLAlchemy expression, or a number, truth value, date, UUID or None as it is.
        where: which rows, as SQL or an SQLAlchemy expression; "full_name IS NULL" leaves alone what has a value.
        schema: of the table; None looks it up on the search_path.
        compute: instead of `set_`, a function for what SQL cannot say. It is called with a list of rows, each a
            mapping of the columns in `reads`, and returns (or yields) for each row, in the same order, a mapping of
            the columns in `columns`, or None to leave the row as it is. Each row is written exactly once; a batch
            that is rolled back is computed anew.
        columns: with `compute`, the columns that it fills.
        reads: with `compute`, the columns that it is given.

    Raises:
        HelperMisused: the arguments say nothing that can be done.
        OnlineMigrateError: it stopped part of the way; running the migration again carries on.
    """
    _check(set_, compute, columns, reads)
    target = Target(table=table, schema=schema, dialect=op.get_context().dialect.name)
    computed = None
    if compute is not None:
        what = Computation(compute=compute, columns=tuple(columns), reads=tuple(reads))
        computed = Computed(target=target, what=what, where=where, name=name_in_revision(compute))
        call = call_of(Call(function=computed.name or called(compute), reads=what.reads))
        set_ = dict.fromkeys(columns, call)
    work = Work(
        directive="backfill",
        operation=ops.ExecuteSQLOp(update(target, set_ or {}, where)),
        subject=Subject(table, schema),
        computed=computed,
    )
    carry_out(op, work)


def _check(
    set_: Mapping[str, Any] | None, compute: Compute | None, columns: Sequence[str], reads: Sequence[str]
) -> None:
    if (set_ is None) == (compute is None):
        raise HelperMisused(
            "backfill: give either set_ or compute.", hint='set_={"column": "SQL"}, or a function as compute=.'
        )
    if compute is None:
        if not isinstance(set_, Mapping) or not set_:
            raise HelperMisused("backfill: set_ names no column.", hint='Give set_={"column": "SQL expression"}.')
        if columns or reads:
            raise HelperMisused("backfill: columns= and reads= are for compute=.", hint="set_ names its columns.")
        return
    if not callable(compute):
        raise HelperMisused("backfill: compute is no function.", hint="SQL is given as set_.")
    for name, given in (("columns", columns), ("reads", reads)):
        if isinstance(given, str) or not given:
            raise HelperMisused(f"backfill: {name} names no column.", hint=f'Give {name}=["column", ...].')
