"""Whether a pooler stands between, and of which kind; found out by reading only."""

from contextlib import closing

import psycopg

from online_migrate.database import Database
from online_migrate.execution.doctor.model import Diagnosis, fine, problem, warning

# Twice in a row on each: a pooler that hands out its two server sessions in turn would look like none in plain turns.
TURNS = "abbaabba"
SHARED = (
    "A pooler in transaction mode stands between: one session of ours was served by several of the server, or two by "
    "one. Settings of a session would reach other clients, and a concurrent index build needs such settings."
)
DIRECT = "Give the address of the server itself with --database-url."


def pooler(connection: psycopg.Connection, database: Database) -> Diagnosis:
    """Compare which server process answers two sessions of ours in turn, and what the connection says of itself.

    Nothing is set and no transaction is kept open, so that a pool of one session is not held up.
    """
    with closing(database.connect("doctor")) as other:
        sessions = {"a": connection, "b": other}
        served: dict[str, set[int]] = {"a": set(), "b": set()}
        for turn in TURNS:
            served[turn].add(_pid(sessions[turn]))
    if any(len(pids) > 1 for pids in served.values()) or served["a"] & served["b"]:
        return problem("pooler", SHARED, DIRECT)
    if served["a"] != {connection.info.backend_pid}:
        return warning(
            "pooler",
            "Something stands between (a pooler in session mode or a proxy): the server's process is not the one that "
            "the connection names. Its timeouts may end a long index build or validation.",
            DIRECT,
        )
    return fine("pooler", "The connection reaches the server directly.")


def _pid(connection: psycopg.Connection) -> int:
    row = connection.execute(b"SELECT pg_backend_pid()").fetchone()
    assert row is not None  # a SELECT without FROM has one row
    return int(row[0])
