"""What else acts on rows and on DDL: row security, event triggers."""

import psycopg

from online_migrate.execution.doctor.model import Diagnosis, fine, named, warning
from online_migrate.execution.doctor.queries import relation, rows


def row_security(connection: psycopg.Connection) -> Diagnosis:
    """Tables of which the role sees only the rows that policies show it: a backfill would pass over the others."""
    found = [relation(row) for row in rows(connection, "row_security")]
    if not found:
        return fine("row-security", "The role sees every row of every table.")
    return warning(
        "row-security",
        f"Policies hide rows of {named(found)} from the role: a backfill of it is refused.",
        "Deploy as the owner without FORCE ROW LEVEL SECURITY, or as a role with BYPASSRLS.",
    )


def event_triggers(connection: psycopg.Connection) -> Diagnosis:
    """Code that runs with every DDL statement, under the statement's locks."""
    found = [f"{row['name']} ({row['event']}, {row['function']})" for row in rows(connection, "event_triggers")]
    if not found:
        return fine("event-triggers", "None.")
    return warning(
        "event-triggers",
        f"{named(found)}: they run with each DDL statement of a deploy, while its locks are held, and may refuse it.",
        "Make sure that they are quick, or disable them for the deploy.",
    )
