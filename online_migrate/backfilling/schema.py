"""The journal tables of backfills, in schema online_migrate of the target database."""

from typing import Any

import psycopg

from online_migrate.backfilling.queries import query


def install(connection: psycopg.Connection[Any]) -> None:
    """Create what is missing of the schema and tables; those that exist are left as they are.

    Runs in one transaction of its own (a savepoint when one is open). Locks nothing of the application's.

    Raises:
        psycopg.errors.InsufficientPrivilege: CREATE on the database or the schema is not granted.
    """
    with connection.transaction():
        connection.execute(query("schema"))
