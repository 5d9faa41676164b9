"""The catalog as it is now, without waiting for whoever has taken a table to itself."""

import psycopg

from online_migrate.catalog import read as catalog
from online_migrate.catalog.fingerprint import fingerprint
from online_migrate.catalog.model import Catalog
from online_migrate.errors import CatalogLocked
from online_migrate.execution import blockers
from online_migrate.execution.queries import query
from online_migrate.plan.names import Lock, LockMode, RelationName

LOCK_TIMEOUT_MS = 3000


def read_catalog(connection: psycopg.Connection, *, lock_timeout_ms: int = LOCK_TIMEOUT_MS) -> Catalog:
    """Return the catalog of the connected database, of one snapshot.

    Takes ACCESS SHARE on each relation for an instant, to learn its size.

    Args:
        connection: in autocommit, with no transaction open.
        lock_timeout_ms: waits at most so long for one relation.

    Raises:
        CatalogLocked: somebody holds a relation in ACCESS EXCLUSIVE for longer; names who.
        psycopg.Error: the connection was lost.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SELECT set_config('lock_timeout', %s, true)", (f"{lock_timeout_ms}ms",))
            return catalog.read(connection)
    except psycopg.errors.LockNotAvailable:
        # `from None`: the server only says that a lock was not to be had, neither whose nor on what.
        raise _locked(connection) from None


def live_fingerprint(connection: psycopg.Connection, relations: tuple[RelationName, ...]) -> str:
    """Return the fingerprint of what is known of some relations now; as `read_catalog`."""
    return fingerprint(read_catalog(connection), relations)


def _locked(connection: psycopg.Connection) -> CatalogLocked:
    rows = connection.execute(query("locked_relations")).fetchall()
    locks = [Lock(relation=RelationName(schema, name), mode=LockMode.ACCESS_SHARE) for schema, name in rows]
    found = blockers.of_locks(connection, locks, young_s=0.0)
    who = blockers.describe(found) or "whoever it was has ended meanwhile"
    return CatalogLocked(
        f"A table cannot be looked at, because a session has it in ACCESS EXCLUSIVE: {who}.",
        hint="Wait until that session is done, or end it, and run the same command again.",
    )
