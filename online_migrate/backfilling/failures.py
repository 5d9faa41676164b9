"""What to do about an error of the server, by its SQLSTATE.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from dataclasses import dataclass
from enum import Enum, auto

import psycopg

from online_migrate.errors import BackfillFailing, ServerExhausted

BATCHES = 50


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


def exhausted(error: psycopg.Error) -> ServerExhausted:
    """Return the error of a server that has no room, memory or connections left."""
    return ServerExhausted(
        f"The server is at its limit ({error.sqlstate}): {words(error)}",
        hint="Make room on the server, then run the same command again to carry on.",
    )


def reaction(error: psycopg.Error) -> Reaction:
    """Return what to do about an error; one without a SQLSTATE came from the connection, not the server."""
    if error.sqlstate is None:
        return Reaction.RECONNECT if isinstance(error, psycopg.OperationalError) else Reaction.STOP
    return _BY_STATE.get(error.sqlstate) or _BY_CLASS.get(error.sqlstate[:2], Reaction.STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Which of the last batches got through only after the connection had broken, newest last."""

    failed: tuple[bool, ...] = ()

    def after(self, *, failed: bool) -> "Recent":
        """Return it with one more batch."""
        return Recent(failed=(*self.failed, failed)[-BATCHES:])

    def give_up(self, step: str) -> None:
        """Raise BackfillFailing where more than half of the batches failed; not before there are enough to say so."""
        if len(self.failed) == BATCHES and 2 * sum(self.failed) > BATCHES:
            raise BackfillFailing(
                f"{step}: the connection broke in {sum(self.failed)} of the last {BATCHES} batches.",
                hint="Find out what ends the sessions (the server's log, a proxy); then run the same command again.",
            )


def words(error: psycopg.Error) -> str:
    """Return the server's own words: message and detail."""
    primary = error.diag.message_primary or str(error).strip() or type(error).__name__
    return f"{primary} ({error.diag.message_detail})" if error.diag.message_detail else primary
