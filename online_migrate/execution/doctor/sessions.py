"""Transactions that stay open: DDL waits for their locks, an index build for their snapshots, vacuum for both."""

import psycopg

from online_migrate.execution.doctor.model import Diagnosis, fine, named, warning
from online_migrate.execution.doctor.queries import rows

OLD_S = 60.0


def old_transactions(connection: psycopg.Connection, old_s: float = OLD_S) -> Diagnosis:
    """Whether transactions of this database have been open for over a minute."""
    found = rows(connection, "old_transactions", old_s=old_s)
    if not found:
        return fine("old-transactions", "No transaction has been open for over a minute.")
    who = (f"pid {r['pid']} ({r['user']}, {r['application_name']}, {r['state']}, {r['age_s']:.0f} s)" for r in found)
    return warning(
        "old-transactions",
        f"Open for over a minute: {named(who)}. Steps that need their tables, and every index build, wait for them.",
        "Let them end first; idle_in_transaction_session_timeout ends those that nobody works in.",
    )


def prepared_transactions(connection: psycopg.Connection) -> Diagnosis:
    """Whether transactions are prepared and not ended: they belong to no session, and no timeout ends them."""
    found = rows(connection, "prepared_transactions")
    if not found:
        return fine("prepared-transactions", "None.")
    return warning(
        "prepared-transactions",
        f"{named(repr(r['gid']) for r in found)}, the oldest for {found[0]['age_s']:.0f} s. They keep their locks and "
        "hold back vacuum until somebody ends them.",
        "COMMIT PREPARED or ROLLBACK PREPARED those that their transaction manager has forgotten.",
    )
