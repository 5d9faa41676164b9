"""Who gets a copy of the data: it has to bear what a deploy writes, and does not get its DDL if it is a logical one."""

import psycopg

from online_migrate.execution.doctor.model import Diagnosis, fine, named, warning
from online_migrate.execution.doctor.queries import rows

LAG_S = 10.0


def slots(connection: psycopg.Connection) -> tuple[Diagnosis, ...]:
    """Slots that nobody reads, that are lost, and logical ones of this database."""
    found = rows(connection, "slots")
    lost = [r["name"] for r in found if r["lost"]]
    idle = [f"{r['name']} ({r['kept']})" for r in found if not r["active"] and not r["lost"]]
    logical = [r["name"] for r in found if r["type"] == "logical" and r["here"] and not r["lost"]]
    told = (
        warning(
            "lost-slots",
            f"{named(lost)}: the server has removed WAL that it needed.",
            "Drop it with pg_drop_replication_slot and build its reader anew.",
        )
        if lost
        else None,
        warning(
            "inactive-slots",
            f"Nobody reads {named(idle)}: the server keeps all WAL since, and a backfill writes much of it.",
            "Start its reader or drop it with pg_drop_replication_slot, before the disk is full.",
        )
        if idle
        else None,
        warning(
            "logical-slots",
            f"{named(logical)}: what reads it gets the rows that a deploy changes, but not its DDL.",
            "Make the same changes at the other side: new columns there first, dropped ones there last.",
        )
        if logical
        else None,
    )
    return tuple(d for d in told if d is not None) or (fine("slots", "No replication slot is lost or unread."),)


def standbys(connection: psycopg.Connection) -> Diagnosis:
    """Whether the lag of standbys can be read, and is small."""
    found = rows(connection, "standbys")
    if not found:
        return fine("standbys", "None is attached.")
    if not all(r["readable"] for r in found):
        return warning(
            "standbys",
            f"{len(found)} attached, but this role cannot read how far behind: a backfill will not wait for them.",
            "GRANT pg_read_all_stats (or pg_monitor) to the role.",
        )
    behind = [f"{r['name']} ({r['lag_s']:.0f} s)" for r in found if r["lag_s"] >= LAG_S]
    if behind:
        return warning(
            "standbys", f"Behind: {named(behind)}.", "Let them catch up first: a backfill gives them more to replay."
        )
    return fine("standbys", f"{named(r['name'] for r in found)}: lag can be read and is small.")


def publications(connection: psycopg.Connection) -> Diagnosis:
    """Tables that are published."""
    found = [f"{r['name']} ({r['tables']})" for r in rows(connection, "publications") if r["tables"]]
    if not found:
        return fine("publications", "No table is published.")
    return warning(
        "publications",
        f"Tables are published by {named(found)}. Subscribers get changed rows, but no DDL: one that lacks a new "
        "column stops applying.",
        "Add columns at the subscribers first, and drop them there last.",
    )


def subscriptions(connection: psycopg.Connection) -> Diagnosis:
    """Tables that another server writes to: its apply worker fires no ordinary trigger."""
    found = [r["name"] for r in rows(connection, "subscriptions")]
    if not found:
        return fine("subscriptions", "None.")
    return warning(
        "subscriptions",
        f"{named(found)}: rows that arrive so fire no fill trigger, and the DDL of the publisher does not arrive.",
        "Do not let a deploy fill columns of tables that a subscription writes to; disable it meanwhile.",
    )
