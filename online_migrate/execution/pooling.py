"""Whether a pooler stands between us and the server, and what then needs a connection past it."""

from collections.abc import Iterable
from contextlib import closing
from enum import StrEnum

import psycopg
from psycopg import errors as pg

from online_migrate.database import Database
from online_migrate.errors import DirectConnectionNeeded, DirectUrlWrong, StatementPooling
from online_migrate.execution.queries import query
from online_migrate.plan.steps import ConcurrentDdl, RunRevision, Step

# Twice in a row on each: a pooler that hands out its two server sessions in turn would look like none in plain turns.
TURNS = "abbaabba"
DIRECT = "Give an address of the server itself with --direct-url or ONLINE_MIGRATE_DIRECT_URL, beside the pooler's."


class Pooling(StrEnum):
    """What lends us the server's sessions: nobody, or a pooler for as long as ours lasts or for one transaction."""

    NONE = "none"
    SESSION = "session"
    TRANSACTION = "transaction"


def pooling(connection: psycopg.Connection, database: Database) -> Pooling:
    """Compare which server process answers two sessions of ours in turn, and what the connection says of itself.

    Nothing is set and no transaction is kept open, so that a pool of one session is not held up.

    Args:
        connection: an autocommit connection to the database, in no transaction.

    Raises:
        StatementPooling: transactions are not possible.
    """
    with closing(database.connect("pooling")) as other:
        _begin(other)
        sessions = {"a": connection, "b": other}
        served: dict[str, set[int]] = {"a": set(), "b": set()}
        for turn in TURNS:
            served[turn].add(_pid(sessions[turn]))
    if any(len(pids) > 1 for pids in served.values()) or served["a"] & served["b"]:
        return Pooling.TRANSACTION
    return Pooling.NONE if served["a"] == {connection.info.backend_pid} else Pooling.SESSION


def admit(connection: psycopg.Connection, database: Database) -> bool:
    """Return whether a connection of `database.direct` is one session of the server from its beginning to its end.

    Raises:
        StatementPooling, DirectUrlWrong.
    """
    found = pooling(connection, database)
    if database.direct_url is None:
        return found is not Pooling.TRANSACTION
    with database.direct.connect("admission") as direct:
        if _place(direct) != _place(connection):
            raise DirectUrlWrong(
                f"The direct URL leads to another database than {database.redacted}: {database.direct.redacted}.",
                hint="Give both addresses of the same database, and of the primary.",
            )
        if pooling(direct, database.direct) is Pooling.TRANSACTION:
            raise DirectUrlWrong(
                f"At the direct URL there is a pooler in transaction mode too: {database.direct.redacted}.",
                hint="Give the address of the server itself.",
            )
    return True


def require_sessions(steps: Iterable[Step], *, own_session: bool) -> None:
    """Refuse steps that cannot run on sessions lent by the transaction, where there are no others.

    Raises:
        DirectConnectionNeeded: names them.
    """
    needing = [step.purpose for step in steps if isinstance(step, ConcurrentDdl | RunRevision)]
    if needing and not own_session:
        raise DirectConnectionNeeded(
            "A pooler in transaction mode stands between, and these steps run outside one transaction, with settings "
            f"that would reach other clients: {'; '.join(needing)}.",
            hint=DIRECT,
        )


def _begin(connection: psycopg.Connection) -> None:
    try:
        with connection.transaction():
            _pid(connection)
    except pg.ProtocolViolation as error:
        raise StatementPooling(
            "A pooler in statement mode stands between: it allows no transactions, which every step needs.",
            hint="Give the address of the server itself, or of a pool in session or transaction mode.",
        ) from error


def _pid(connection: psycopg.Connection) -> int:
    row = connection.execute(b"SELECT pg_backend_pid()").fetchone()
    assert row is not None  # a SELECT without FROM has one row
    return int(row[0])


def _place(connection: psycopg.Connection) -> object:
    return connection.execute(query("place")).fetchone()
