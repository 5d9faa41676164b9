"""What interrupted work left behind, ours and other people's."""

import psycopg

from online_migrate.errors import JournalTooNew
from online_migrate.execution import journal, schema
from online_migrate.execution.doctor.model import Diagnosis, fine, named, problem, warning
from online_migrate.execution.doctor.queries import relation, rows
from online_migrate.execution.lease import holder


def invalid_indexes(connection: psycopg.Connection) -> tuple[Diagnosis, ...]:
    """Indexes that no query uses and every write pays for."""
    found = rows(connection, "invalid_indexes")
    broken = [relation(row) for row in found if not row["partitioned"]]
    incomplete = [relation(row) for row in found if row["partitioned"]]
    told = []
    if broken:
        told.append(
            warning(
                "invalid-indexes",
                f"{named(broken)}: a build was interrupted. No query uses it, and every write pays for it.",
                "DROP INDEX CONCURRENTLY, or REINDEX INDEX CONCURRENTLY where it is wanted.",
            )
        )
    if incomplete:
        told.append(
            warning(
                "incomplete-indexes",
                f"{named(incomplete)}: not every partition has its part.",
                "Build the missing parts concurrently and attach them with ALTER INDEX ... ATTACH PARTITION.",
            )
        )
    return tuple(told) or (fine("invalid-indexes", "None."),)


def half_detached(connection: psycopg.Connection) -> Diagnosis:
    """Partitions whose DETACH CONCURRENTLY was interrupted: the parent takes no other change of its partitions."""
    found = rows(connection, "half_detached")
    if not found:
        return fine("half-detached", "No partition is half detached.")
    return warning(
        "half-detached",
        f"{named(relation(row) for row in found)}: an interrupted DETACH PARTITION CONCURRENTLY.",
        "ALTER TABLE parent DETACH PARTITION name FINALIZE.",
    )


def the_journal(connection: psycopg.Connection) -> Diagnosis:
    """Whether the journal is of a version that can be read, and whether somebody runs this database now."""
    try:
        there = schema.exists(connection)
    except JournalTooNew as error:
        return problem("journal", error.message, error.hint or "")
    if not there:
        return fine("journal", "There is none yet: the first deploy makes it.")
    now = holder(connection)
    installed, known = schema.versions(connection)
    older = f" It is of version {installed}; the next deploy brings it to {known}." if installed < known else ""
    return fine("journal", f"It is there, {f'and in use by {now}' if now else 'and nobody runs this database'}.{older}")


def fill_triggers(connection: psycopg.Connection) -> Diagnosis:
    """Fill triggers belong to deploys that are unfinished or at their gate; others are left over."""
    found = [f"{row['trigger']} on {relation(row)}" for row in rows(connection, "fill_triggers")]
    if not found:
        return fine("fill-triggers", "None.")
    if journal.deploys(connection, ("running", "aborting", "gate")):
        return fine("fill-triggers", f"{named(found)}: of a deploy that is under way.")
    return warning(
        "fill-triggers",
        f"{named(found)}: left over, no deploy is under way. Each write to the table still runs it.",
        "DROP TRIGGER, and then the function in schema online_migrate that it calls.",
    )
