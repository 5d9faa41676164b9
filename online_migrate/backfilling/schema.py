"""The journal tables of backfills, in schema online_migrate of the target database."""

from hashlib import sha256
from typing import Any

import psycopg
from psycopg import sql

from online_migrate.backfilling.queries import query


def install(connection: psycopg.Connection[Any]) -> None:
    """Create the schema and tables, or bring those of an older version up to this one.

    The script can be run again at any time; that locks the journal's tables, so it is run only where its text is
    not the one that was run last. One transaction of its own (a savepoint when one is open). Locks nothing of the
    application's.

    Raises:
        psycopg.errors.InsufficientPrivilege: CREATE on the database or the schema is not granted.
    """
    with connection.transaction():
        connection.execute(query("schema_lock"))
        if not is_current(connection):
            connection.execute(query("schema"))
            connection.execute(sql.SQL("COMMENT ON TABLE online_migrate.backfill IS {}").format(sql.Literal(_mark())))


def is_current(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the tables are as this version makes them."""
    found = connection.execute(query("schema_mark")).fetchone()
    return found is not None and found[0] == _mark()


def _mark() -> str:
    return f"made by {sha256(query('schema')).hexdigest()}"
