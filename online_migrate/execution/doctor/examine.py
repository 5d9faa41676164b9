"""Looks at a database from every side a deploy depends on; changes nothing and locks nothing."""

from collections.abc import Callable

import psycopg

from online_migrate.database import Database
from online_migrate.errors import JournalTooNew
from online_migrate.execution.doctor import (
    estimates,
    leftovers,
    replication,
    rights,
    server,
    sessions,
    settings,
    surroundings,
)
from online_migrate.execution.doctor.model import Diagnosis, Health, warning
from online_migrate.execution.doctor.pooler import pooler
from online_migrate.plan.model import Plan

Check = Callable[[psycopg.Connection], Diagnosis | tuple[Diagnosis, ...]]

CHECKS: tuple[Check, ...] = (
    server.writable,
    server.journal_rights,
    rights.least_rights,
    rights.ownership,
    rights.sees_sessions,
    rights.ends_sessions,
    settings.settings,
    sessions.old_transactions,
    sessions.prepared_transactions,
    replication.slots,
    replication.standbys,
    replication.publications,
    replication.subscriptions,
    leftovers.the_journal,
    leftovers.fill_triggers,
    leftovers.invalid_indexes,
    leftovers.half_detached,
    surroundings.row_security,
    surroundings.event_triggers,
    estimates.estimates,
)


def examine(database: Database, plan: Plan | None = None) -> tuple[Diagnosis, ...]:
    """Return a diagnosis for each thing a deploy depends on, in a fixed order.

    Two sessions read pg_catalog and the journal. Where the server is no PostgreSQL only that is said.

    Args:
        database: where to look.
        plan: the role must own the tables that it alters.

    Raises:
        OnlineMigrateError: the database cannot be reached.
    """
    with database.connect("doctor") as connection:
        found = [server.supported(connection)]
        if found[0].health is Health.PROBLEM:
            return tuple(found)
        found.append(pooler(connection, database))
        for check in CHECKS:
            found.extend(_told(check, connection))
        if plan is not None:
            found.append(rights.plan_ownership(connection, plan))
    return tuple(found)


def _told(check: Check, connection: psycopg.Connection) -> tuple[Diagnosis, ...]:
    try:
        told = check(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        subject = check.__name__.removeprefix("the_").replace("_", "-")
        words = f"It cannot be looked at: {error.diag.message_primary}."
        return (warning(subject, words, "Run the doctor as a role that may read it."),)
    except JournalTooNew:
        return ()  # `the_journal` says so
    return told if isinstance(told, tuple) else (told,)
