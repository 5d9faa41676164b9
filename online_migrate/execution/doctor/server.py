"""The server: which it is, whose, and whether it takes changes."""

from collections.abc import Callable

import psycopg

from online_migrate.errors import UsageError
from online_migrate.execution import server
from online_migrate.execution.doctor.model import Diagnosis, fine, problem, warning
from online_migrate.execution.doctor.queries import Row, rows

NEWEST = 18
# Up to 14.3 CREATE INDEX CONCURRENTLY could leave rows out: https://www.postgresql.org/docs/release/14.4/
CORRUPTS_INDEXES = range(140000, 140004)
HOSTS = {
    "aurora": "Amazon Aurora: its readers share the storage and are not seen as standbys, so their lag is not either. "
    "Sessions of rdsadmin cannot be ended.",
    "rds": "Amazon RDS: rds_superuser stands in for a superuser. Sessions of rdsadmin cannot be ended.",
    "cloud_sql": "Google Cloud SQL: cloudsqlsuperuser stands in for a superuser.",
    "azure": "Azure Database: azure_pg_admin stands in for a superuser.",
}


def supported(connection: psycopg.Connection) -> Diagnosis:
    """Whether plans are run on such a server."""
    found = server.read(connection)
    return refused("server", server.refuse_foreign, found) or citus(found) or version(rows(connection, "server")[0])


def citus(found: server.Server) -> Diagnosis | None:
    """Warn of Citus, None where it is not installed."""
    if not found.citus:
        return None
    return warning(
        "server",
        "Citus is installed: a plan that touches tables that it has distributed is refused, others run.",
        "Run DDL on distributed tables as Citus documents it.",
    )


def version(found: Row) -> Diagnosis:
    """Judge a PostgreSQL by its version, and say who hosts it."""
    number = found["server_version_num"]
    if number in CORRUPTS_INDEXES:
        return problem(
            "server",
            f"PostgreSQL {found['server_version']}: CREATE INDEX CONCURRENTLY can leave rows out of the index.",
            "Upgrade to 14.4 or newer, and check indexes that were built concurrently with amcheck.",
        )
    if number // 10000 > NEWEST:
        return warning(
            "server",
            f"PostgreSQL {found['server_version']} is newer than any that this version was tested with ({NEWEST}).",
            "Look for a newer online-migrate, or try the plan on a copy first.",
        )
    host = next((words for name, words in HOSTS.items() if found[name]), "")
    return fine("server", f"PostgreSQL {found['server_version']}. {host}".strip())


def writable(connection: psycopg.Connection) -> Diagnosis:
    """Whether the server takes changes."""
    found = refused("primary", server.refuse_standby, server.read(connection))
    return found or fine("primary", "The server is a primary and takes changes.")


def journal_rights(connection: psycopg.Connection) -> Diagnosis:
    """Whether the role may keep a journal."""
    found = server.read(connection)
    return refused("journal-rights", server.may_journal, found) or fine(
        "journal-rights",
        f"Role {found.role} may {'create' if found.may_use_schema is None else 'use'} the schema online_migrate.",
    )


def refused(subject: str, check: Callable[[server.Server], None], found: server.Server) -> Diagnosis | None:
    """Return the problem that a check of the deploy's raises, None where it passes."""
    try:
        check(found)
    except UsageError as error:
        return problem(subject, error.message, error.hint or "")
    return None
