"""Whether a pooler stands between, and of which kind."""

import psycopg

from online_migrate.database import Database
from online_migrate.execution.doctor.model import Diagnosis, fine, problem, warning
from online_migrate.execution.pooling import DIRECT, Pooling, admit, pooling

LENT = (
    "A pooler in transaction mode stands between: sessions are lent by the transaction. Steps that need one of their "
    "own (index builds, revisions that run as Python)"
)


def pooler(connection: psycopg.Connection, database: Database) -> Diagnosis:
    """Say what stands between, and whether there is a way past it."""
    found = pooling(connection, database)
    if found is Pooling.TRANSACTION:
        if not admit(connection, database):
            return problem("pooler", f"{LENT} are refused.", DIRECT)
        return fine("pooler", f"{LENT} go to {database.direct.redacted}.")
    if found is Pooling.SESSION:
        return warning(
            "pooler",
            "Something stands between (a pooler in session mode or a proxy): the server's process is not the one that "
            "the connection names. Its timeouts may end a long index build or validation.",
            DIRECT,
        )
    return fine("pooler", "The connection reaches the server directly.")
