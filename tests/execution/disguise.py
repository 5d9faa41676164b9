"""A PostgreSQL that looks like another system to whoever asks its catalog."""

import psycopg
from psycopg import sql


def calls_itself(connection: psycopg.Connection, version: str) -> None:
    """Have version() of this database say so, until the database is dropped. Needs a superuser."""
    connection.execute(
        sql.SQL("CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE RETURN {}").format(
            sql.Literal(version)
        )
    )
