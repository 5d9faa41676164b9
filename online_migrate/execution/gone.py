"""Undoing beside somebody who has dropped what was changed: what is gone needs no putting back."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg

from online_migrate.backfilling.undoing import refuse_renamed
from online_migrate.execution.failures import said
from online_migrate.plan.steps import CutOver, Step

_RELATION = (pg.UndefinedTable, pg.InvalidSchemaName)
_PART = (pg.UndefinedColumn, pg.UndefinedObject, pg.UndefinedFunction)


@contextmanager
def passing_over(connection: psycopg.Connection, deploy_id: int, step: Step, gone: list[str]) -> Iterator[None]:
    """Let one statement of an undo fail because what it names is gone, and add the server's words to `gone`.

    Had the undo come first, the drop would have taken along what the statement puts back. Of a swap only a whole
    relation may be gone: where one of the two columns is, the other holds the values, and the steps before drop it.

    Raises:
        DatabaseMoved: it is not gone: the table has another name.
    """
    try:
        yield
    except (*_RELATION, *_PART) as error:
        # What a function or an event trigger misses says nothing about the statement that called it.
        if error.diag.context is not None or (isinstance(step, CutOver) and isinstance(error, _PART)):
            raise
        refuse_renamed(connection, deploy_id, (lock.relation for lock in step.locks))
        gone.append(said(error))
