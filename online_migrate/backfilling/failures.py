"""What to do about an error of the server, by its SQLSTATE.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from enum import Enum, auto

import psycopg


class Reaction(Enum):
    """How the walk goes on after an error."""

    RETRY = auto()
    """The batch collided with somebody: the same again after a pause, then a smaller one."""
    SPLIT = auto()
    """The batch is too large: a smaller one at once."""
    BISECT = auto()
    """A value cannot be changed: find the row."""
    RECONNECT = auto()
    """The connection is gone, and whether the batch committed is not known: look, then go on."""
    EXHAUSTED = auto()
    """The server has run out of something: never try again at once."""
    STOP = auto()
    """Nothing that trying again could mend."""


_BY_STATE = {
    "40P01": Reaction.RETRY,  # deadlock_detected
    "40001": Reaction.RETRY,  # serialization_failure
    "55P03": Reaction.RETRY,  # lock_not_available
    "57014": Reaction.SPLIT,  # query_canceled: statement_timeout
    "57P01": Reaction.RECONNECT,  # admin_shutdown, pg_terminate_backend
    "57P02": Reaction.RECONNECT,  # crash_shutdown
    "57P03": Reaction.RECONNECT,  # cannot_connect_now
    "57P05": Reaction.RECONNECT,  # idle_session_timeout
    "25006": Reaction.RECONNECT,  # read_only_sql_transaction: a failover, this server is a replica now
    "25P03": Reaction.RECONNECT,  # idle_in_transaction_session_timeout
    "25P04": Reaction.RECONNECT,  # transaction_timeout ends the session too
}
_BY_CLASS = {
    "08": Reaction.RECONNECT,
    "22": Reaction.BISECT,
    "23": Reaction.BISECT,
    "53": Reaction.EXHAUSTED,
}


def reaction(error: psycopg.Error) -> Reaction:
    """Return what to do about an error; one without a SQLSTATE came from the connection, not the server."""
    if error.sqlstate is None:
        return Reaction.RECONNECT if isinstance(error, psycopg.OperationalError) else Reaction.STOP
    return _BY_STATE.get(error.sqlstate) or _BY_CLASS.get(error.sqlstate[:2], Reaction.STOP)


def words(error: psycopg.Error) -> str:
    """Return the server's own words: message and detail."""
    primary = error.diag.message_primary or str(error).strip() or type(error).__name__
    return f"{primary} ({error.diag.message_detail})" if error.diag.message_detail else primary
