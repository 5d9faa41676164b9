"""What PostgreSQL said, as errors that people can act on. SQLSTATEs decide, never the text of a message."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg

from online_migrate.errors import (
    ConnectionLost,
    ConnectionRefused,
    DuplicateRows,
    OnlineMigrateError,
    RowsViolateConstraint,
    ServerExhausted,
    ServerNotReady,
    ServerUnreachable,
    StatementFailed,
    StatementTooSlow,
    TooManyConnections,
)
from online_migrate.plan.steps import Step, Validate

# Rolled back whole by the server for the sake of others: the same again may well succeed.
GIVES_WAY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)
EXHAUSTED = "53"
"""The class of SQLSTATE of a server that has run out of disk, memory or connections."""
RUN_AGAIN = "Run the same command again when the server answers; the journal knows what is done."
NO_SERVER = (ServerNotReady, ServerUnreachable, TooManyConnections)
VIOLATIONS = (pg.CheckViolation, pg.ForeignKeyViolation, pg.NotNullViolation)


@contextmanager
def resumable() -> Iterator[None]:
    """Say of a server that goes away in the block that the work can be carried on: it was there when that began.

    Raises:
        ConnectionLost: it does not answer any more, or has become a standby.
        ServerExhausted: it has run out of disk, memory or connections.
    """
    try:
        yield
    except (ServerUnreachable, ConnectionRefused) as error:
        raise ConnectionLost(f"The server went away: {error.message}", hint=RUN_AGAIN) from error
    except pg.ReadOnlySqlTransaction as error:
        raise demoted() from error
    except psycopg.OperationalError as error:
        if (error.sqlstate or "").startswith(EXHAUSTED):
            raise exhausted(said(error), error) from error
        what = str(error).strip().splitlines()[0]
        raise ConnectionLost(f"The connection to the server broke: {what}", hint=RUN_AGAIN) from error


def demoted() -> ConnectionLost:
    """Return the typed error for a server that took changes and does no more: a standby now, or set read-only."""
    return ConnectionLost(
        "The server takes no changes any more: it is a standby now, or its sessions were made read-only.",
        hint="Run the same command again: it says which. Of a standby give the address of the primary, or all "
        "addresses and target_session_attrs=read-write; else turn default_transaction_read_only off.",
    )


def exhausted(what: str, error: psycopg.Error) -> ServerExhausted:
    """Return the typed error for a server that has run out of something, which nobody here can mend."""
    return ServerExhausted(
        f"The server is at its limit ({error.sqlstate}): {what}",
        hint="Make room on the server, then run the same command again to carry on.",
    )


def is_lost(connection: psycopg.Connection) -> bool:
    """Return whether the connection broke, so that nobody knows how its transaction ended."""
    return connection.closed or connection.broken


def said(error: psycopg.Error) -> str:
    """Return the server's own code, message, detail and hint in one line."""
    diagnosis = error.diag
    parts = [f"[{error.sqlstate}] {diagnosis.message_primary or error}"]
    parts += [f"Detail: {diagnosis.message_detail}"] if diagnosis.message_detail else []
    parts += [f"Hint: {diagnosis.message_hint}"] if diagnosis.message_hint else []
    parts += [f"Where: {diagnosis.context}"] if diagnosis.context else []
    return " ".join(parts)


def failure(step: Step, error: psycopg.Error, *, undoing: bool = False) -> OnlineMigrateError:
    """Return the typed error for a statement of a step that the server refused."""
    what = f"{'Undoing ' if undoing else ''}{step.id} ({step.purpose}) failed: {said(error)}"
    state = error.sqlstate or ""
    if state.startswith(EXHAUSTED):
        return exhausted(what, error)
    if isinstance(error, pg.ReadOnlySqlTransaction):
        return demoted()
    if isinstance(error, pg.UniqueViolation):
        return DuplicateRows(
            what,
            sqlstate=state,
            hint="Make the rows named in the detail distinct, then run the same command again.",
        )
    if isinstance(error, VIOLATIONS):
        place = ".".join(p for p in (error.diag.schema_name, error.diag.table_name) if p)
        rule = f" {error.diag.constraint_name}" if error.diag.constraint_name else ""
        held = " New rows are already held to it." if isinstance(step, Validate) else ""
        return RowsViolateConstraint(
            what,
            sqlstate=state,
            hint=f"Correct the rows of {place or 'the table'} that violate constraint{rule}, then run the same command "
            f"again.{held}",
        )
    if isinstance(error, pg.QueryCanceled):
        return StatementTooSlow(
            what,
            sqlstate=state,
            hint="It needs longer under its locks than the policy's statement_timeout_ms allows; others would have "
            "waited for it. Raise the limit only for a time when nobody works.",
        )
    return StatementFailed(
        what,
        sqlstate=state,
        hint="The step was rolled back. Put right what the server names and run the same command again, or run "
        "`online-migrate abort`.",
    )
