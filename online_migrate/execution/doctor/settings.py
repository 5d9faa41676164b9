"""Settings that a session of this role starts with."""

import psycopg

from online_migrate.execution.doctor.model import Diagnosis, fine, problem, warning
from online_migrate.execution.doctor.queries import Row, rows

SUBJECT = "settings"
HARMLESS = {
    "default_transaction_read_only": "off",
    "session_replication_role": "origin",
    "track_counts": "on",
    "transaction_timeout": "0",
}
SOURCES = {
    "client": "by the connection's options",
    "configuration file": "in the server's configuration",
    "database": "with ALTER DATABASE",
    "database user": "with ALTER ROLE ... IN DATABASE",
    "user": "with ALTER ROLE",
}


def settings(connection: psycopg.Connection) -> tuple[Diagnosis, ...]:
    """One diagnosis for each setting that is in the way; one for all of them where none is."""
    found = rows(connection, "settings")
    wrong = tuple(_judged(row) for row in found if row["setting"] != HARMLESS.get(row["name"], row["setting"]))
    if wrong:
        return wrong
    limits = [_told(row) for row in found if row["name"] not in HARMLESS and row["setting"] != "0"]
    told = f"{', '.join(limits)}; a deploy sets its own." if limits else "None is in the way of a deploy."
    return (fine(SUBJECT, told),)


def _judged(row: Row) -> Diagnosis:
    match row["name"]:
        case "default_transaction_read_only":
            return problem(SUBJECT, f"{_told(row)}: a deploy cannot write.", "Turn it off for the role that deploys.")
        case "session_replication_role":
            return problem(
                SUBJECT,
                f"{_told(row)}: neither foreign keys nor fill triggers act on what such a session writes.",
                "Set it to origin for every role that writes while a deploy runs.",
            )
        case "track_counts":
            return warning(
                SUBJECT,
                f"{_told(row)}: autovacuum does not run, and write rates are not known.",
                "Turn it on before a backfill, which leaves an old version of every row.",
            )
        case _:
            return warning(
                SUBJECT,
                f"{_told(row)}: it ends every transaction of that length, a long index build or validation too.",
                "Set it to 0 for the role that deploys: its short statements have limits of their own.",
            )


def _told(row: Row) -> str:
    value = row["setting"] + (f" {row['unit']}" if row["unit"] else "")
    return f"{row['name']} is {value} ({SOURCES.get(row['source'], row['source'])})"
