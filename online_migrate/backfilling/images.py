"""Old and new values of the rows a batch changed, kept with it, so that abort can put them back."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import RawCursor, sql

from online_migrate.backfilling import target
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.method import Rows
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.target import Target
from online_migrate.errors import BeforeImageInexact
from online_migrate.plan.steps import Backfill

_UPDATED = sql.SQL("JOIN {table} AS t ON {same} WHERE t.xmin = pg_current_xact_id()::xid")
# Of each row the newest image among the newest of a backfill.
_IMAGES = sql.SQL(
    "newest AS (SELECT * FROM online_migrate.before_image WHERE backfill = $1 ORDER BY id DESC LIMIT $2),"
    " image AS (SELECT DISTINCT ON (key) * FROM newest ORDER BY key, id DESC)"
)
_DELETED = sql.SQL("WHERE NOT EXISTS (SELECT FROM {table} AS t WHERE {same})")


def keep(job: Job, session: Session, cursor: RawCursor[Any], *, backfill: int, rows: Rows, changed: int) -> None:
    """Keep the old and new values of the rows that the open transaction of `cursor` has just changed.

    The old values are read over a second connection: it sees the last committed version of every row,
    and that is exactly the version that was changed, because the open transaction keeps the rows locked.
    Only versions that somebody has locked, updated or deleted are read (xmax); the new values are taken
    from the versions that this transaction wrote (xmin), and the count must agree with the statement's. Of a DELETE
    the rows are kept whole that this transaction has marked (xmax) and sees no more: nobody else marks them with it.

    Raises:
        BeforeImageInexact: the counts differ, as when a trigger changes further rows of the table.
        psycopg.errors.LockNotAvailable: somebody waits to lock the table; the batch must be rolled back.
    """
    step = job.step
    table = _table(step)
    values = (*step.columns, *step.beside)
    names = [*step.key, *values]
    deleted = step.change == "delete"
    marks = cursor.execute("SELECT pg_current_xact_id()::xid::text").fetchone() if deleted else ()
    assert marks is not None
    marked = sql.SQL("t.xmax = ${}::xid" if deleted else "t.xmax <> '0'")
    select = sql.SQL("SELECT {} FROM {} AS t WHERE {} AND {}").format(
        _list(sql.SQL("{}::text").format(sql.Identifier("t", name)) for name in names),
        table,
        rows.condition,
        marked.format(sql.Literal(len(rows.parameters) + 1)),
    )
    with session.transaction(session.witness) as witness:
        before = witness.execute(select, [*rows.parameters, *marks]).fetchall()
    facts = target.read(cursor.connection, step.table)
    old = [sql.Identifier("old", f"v{number}") for number in range(len(names))]
    old_keys, old_values = old[: len(step.key)], old[len(step.key) :]
    same = sql.SQL(" AND ").join(
        sql.SQL("t.{} = {}::{}").format(sql.Identifier(column), value, facts.type_of(column))
        for column, value in zip(step.key, old_keys, strict=True)
    )
    changed_here = _DELETED if deleted else _UPDATED
    insert = sql.SQL(
        "INSERT INTO online_migrate.before_image (backfill, key, old_values, new_values) "
        "SELECT $1, ARRAY[{keys}]::text[], ARRAY[{olds}]::text[], ARRAY[{news}]::text[] "
        "FROM unnest({arrays}) AS old ({aliases}) {changed_here}"
    ).format(
        keys=_list(old_keys),
        olds=_list(old_values),
        news=_list(() if deleted else (sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in values)),
        arrays=_list(sql.SQL("${}::text[]").format(sql.Literal(number + 2)) for number in range(len(names))),
        aliases=_list(sql.Identifier(f"v{number}") for number in range(len(names))),
        changed_here=changed_here.format(table=table, same=same),
    )
    columns = [list(values) for values in zip(*before, strict=True)] or [[] for _ in names]
    kept = cursor.execute(insert, [backfill, *columns]).rowcount
    if kept != changed:
        raise BeforeImageInexact(
            f"{step.id}: {changed} rows of {step.table} were changed, but the old values of {kept} were found.",
            hint="A trigger changes further rows or keys of the table; plan the change without before-images.",
        )


def restore(job: Job, cursor: RawCursor[Any], backfill: int, most: int) -> tuple[int, int]:
    """Put back up to that many images, newest first; return how many were taken, and how many put back.

    A row whose value is no longer the one we wrote, or that is gone, is left alone; likewise a deleted one whose key is
    taken again.
    """
    facts = target.read(cursor.connection, job.step.table)
    back = _inserted_again(job.step, facts) if job.step.change == "delete" else _updated_back(job.step, facts)
    statement = sql.SQL(
        "WITH {images}, taken AS ("
        " DELETE FROM online_migrate.before_image AS b USING image WHERE b.id = image.id RETURNING b.id"
        "), restored AS ({back} RETURNING 1) "
        "SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM restored)"
    ).format(images=_IMAGES, back=back)
    beside = _untouched_beside(job.step, cursor, facts, backfill, most) if job.step.beside else []
    found = cursor.execute(statement, [backfill, most]).fetchone()
    assert found is not None
    if beside:
        _put_back_beside(job.step, cursor, facts, beside)
    return int(found[0]), int(found[1])


def _untouched_beside(
    step: Backfill, cursor: RawCursor[Any], facts: Target, backfill: int, most: int
) -> list[tuple[Any, ...]]:
    """Lock the rows that are to be put back, and return what is to become of their columns `beside`.

    Of each row its key, and of each column whether it still holds what was written with the batch, and the value that
    it had.
    """
    first = len(step.columns) + 1
    places = [(sql.Identifier("t", column), sql.Literal(n)) for n, column in enumerate(step.beside, first)]
    statement = sql.SQL(
        "WITH {images} SELECT {keys}, {values} FROM {table} AS t JOIN image ON {same} AND {unchanged} FOR UPDATE OF t"
    ).format(
        images=_IMAGES,
        keys=_list(sql.SQL("image.key[{}]").format(number) for number in range(1, len(step.key) + 1)),
        values=_list(
            sql.SQL("{}::text IS NOT DISTINCT FROM image.new_values[{}], image.old_values[{}]").format(column, n, n)
            for column, n in places
        ),
        table=_table(step),
        same=_same_key(step, facts),
        unchanged=_unchanged(step),
    )
    return cursor.execute(statement, [backfill, most]).fetchall()


def _put_back_beside(step: Backfill, cursor: RawCursor[Any], facts: Target, rows: list[tuple[Any, ...]]) -> None:
    """Put the columns `beside` back without a trigger: that of the application would write them again."""
    cursor.execute(query("silence"))
    keys = len(step.key)
    names = [sql.Identifier("back", f"v{number}") for number in range(keys + 2 * len(step.beside))]
    types = [*("text" for _ in step.key), *(kind for _ in step.beside for kind in ("bool", "text"))]
    pairs = zip(step.beside, names[keys::2], names[keys + 1 :: 2], strict=True)
    statement = sql.SQL(
        "UPDATE {table} AS t SET {assignments} FROM unnest({arrays}) AS back ({names}) WHERE {same}"
    ).format(
        table=_table(step),
        assignments=_list(
            sql.SQL("{} = CASE WHEN {} THEN {}::{} ELSE t.{} END").format(
                sql.Identifier(column), untouched, old, facts.type_of(column), sql.Identifier(column)
            )
            for column, untouched, old in pairs
        ),
        arrays=_list(sql.SQL("${}::{}[]").format(n, sql.SQL(kind)) for n, kind in enumerate(types, 1)),
        names=_list(sql.Identifier(f"v{number}") for number in range(len(names))),
        same=sql.SQL(" AND ").join(
            sql.SQL("t.{} = {}::{}").format(sql.Identifier(column), value, facts.type_of(column))
            for column, value in zip(step.key, names, strict=False)
        ),
    )
    cursor.execute(statement, [list(values) for values in zip(*rows, strict=True)])


def _updated_back(step: Backfill, facts: Target) -> sql.Composed:
    return sql.SQL("UPDATE {table} AS t SET {assignments} FROM image WHERE {same} AND {unchanged}").format(
        table=_table(step),
        assignments=_list(
            sql.SQL("{} = {}").format(sql.Identifier(column), value)
            for column, value in zip(step.columns, _stored("old_values", step.columns, facts), strict=True)
        ),
        same=_same_key(step, facts),
        unchanged=_unchanged(step),
    )


def _same_key(step: Backfill, facts: Target) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("t.{} = {}").format(sql.Identifier(column), value)
        for column, value in zip(step.key, _stored("key", step.key, facts), strict=True)
    )


def _unchanged(step: Backfill) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("t.{}::text IS NOT DISTINCT FROM image.new_values[{}]").format(sql.Identifier(column), number)
        for number, column in enumerate(step.columns, 1)
    )


def _inserted_again(step: Backfill, facts: Target) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} FROM image ON CONFLICT DO NOTHING"
    ).format(
        table=_table(step),
        columns=_list(map(sql.Identifier, (*step.key, *step.columns))),
        values=_list((*_stored("key", step.key, facts), *_stored("old_values", step.columns, facts))),
    )


def _stored(part: str, columns: Sequence[str], facts: Target) -> list[sql.Composed]:
    """Return the values of columns that an image holds, as their types."""
    return [
        sql.SQL("{}[{}]::{}").format(sql.Identifier("image", part), number, facts.type_of(column))
        for number, column in enumerate(columns, 1)
    ]


def _table(step: Backfill) -> sql.Identifier:
    return sql.Identifier(step.table.schema, step.table.name)


def _list(parts: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL(", ").join(parts)
