"""backfill(compute=...): values that a Python function computes, in one pass on the migration's own connection."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import sqlalchemy as sa

from online_migrate.backfilling.computed import Compute, new_values
from online_migrate.errors import HelperMisused
from online_migrate.helpers.update import Target, condition

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """What a function is given, and which columns it fills."""

    compute: Compute
    columns: tuple[str, ...]
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A computation on the rows of a table.

    Attributes:
        name: of the function, as `name_in_revision` gives it.
    """

    target: Target
    what: Computation
    where: Any
    name: str | None

    def must_be_found(self) -> None:
        """Raise HelperMisused where no other process would find the function."""
        if self.name is None:
            raise HelperMisused(
                f"backfill: {called(self.what.compute)} cannot be found again by a deploy.",
                hint="Define it with `def` at the top level of the revision's file, or import it there.",
            )

    def in_one_pass(self, connection: sa.Connection) -> None:
        """See `in_one_pass`."""
        in_one_pass(connection, self.target, self.what, self.where)


def name_in_revision(compute: Compute) -> str | None:
    """Return "<revision>:<name>", by which another process finds a function of the revision that is being run.

    None where it has no name at the top level of that revision's file: a lambda, or one made inside upgrade().
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to walk the stack
    while frame is not None:
        known = frame.f_globals
        if isinstance(known.get("revision"), str) and "down_revision" in known:
            name = next((name for name, value in known.items() if value is compute), None)
            return f"{known['revision']}:{name}" if name is not None else None
        frame = frame.f_back
    return None


def in_one_pass(connection: sa.Connection, target: Target, what: Computation, where: Any) -> None:
    """Read all rows, compute and write them, in the connection's own transaction.

    Raises:
        HelperMisused: a column does not exist, or the table has nothing that tells its rows apart.
        ComputedWrong: the function did not return what it is to.
    """
    # As the database has it: values go in and out as the columns' own types.
    table = sa.Table(target.table, sa.MetaData(), schema=target.schema, autoload_with=connection, resolve_fks=False)
    missing = [name for name in (*what.columns, *what.reads) if name not in table.c]
    if missing:
        raise HelperMisused(f"backfill: {target.table} has no column {missing[0]}.", hint="Correct columns= or reads=.")
    key = _places(target) or _primary_key(target, table)
    select = sa.select(*key.columns, *(table.c[name] for name in what.reads)).select_from(table)
    chosen = condition(target, table, where)
    # SQLite has no FOR UPDATE, and its compiler leaves it out.
    found = connection.execute((select if chosen is None else select.where(chosen)).with_for_update()).fetchall()
    new = {name: sa.bindparam(f"new_{n}", type_=table.c[name].type) for n, name in enumerate(what.columns)}
    update = sa.update(table).where(key.condition).values(new)
    width = len(key.columns)
    for start in range(0, len(found), _BATCH):
        part = found[start : start + _BATCH]
        values = _values(what, [dict(zip(what.reads, row[width:], strict=True)) for row in part])
        written = [
            {f"key_{n}": value for n, value in enumerate(row[:width])}
            | {f"new_{n}": value for n, value in enumerate(computed)}
            for row, computed in zip(part, values, strict=True)
            if computed is not None
        ]
        if written:
            connection.execute(update, written)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """What tells one row from another: how it is read, and the condition with it as :key_0, :key_1 and so on."""

    columns: tuple[sa.ColumnElement[Any], ...]
    condition: sa.ColumnElement[bool] | sa.TextClause


def _places(target: Target) -> _Key | None:
    """On PostgreSQL the place of a row will do, since it is locked."""
    if target.dialect != "postgresql":
        return None
    return _Key(
        columns=(sa.literal_column("CAST(tableoid AS text)"), sa.literal_column("CAST(ctid AS text)")),
        condition=sa.text("tableoid = CAST(CAST(:key_0 AS text) AS oid) AND ctid = CAST(CAST(:key_1 AS text) AS tid)"),
    )


def _primary_key(target: Target, table: sa.Table) -> _Key:
    columns = tuple(table.primary_key.columns)
    if not columns:
        raise HelperMisused(
            f"backfill: {target.table} has no primary key, by which a row could be told from another.",
            hint="Give it one, or give set_= as SQL.",
        )
    return _Key(
        columns=columns,
        condition=sa.and_(*(c == sa.bindparam(f"key_{n}", type_=c.type) for n, c in enumerate(columns))),
    )


def _values(what: Computation, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...] | None]:
    return new_values(called(what.compute), what.columns, rows, what.compute(rows))


def called(compute: Compute) -> str:
    """Return the function's own name, for people."""
    return getattr(compute, "__qualname__", "the function")
