"""What PostgreSQL said, as errors that people can act on. SQLSTATEs decide, never the text of a message."""

import psycopg
from psycopg import errors as pg

from online_migrate.errors import (
    DuplicateRows,
    OnlineMigrateError,
    RowsViolateConstraint,
    ServerNotReady,
    ServerUnreachable,
    StatementFailed,
    StatementTooSlow,
    TooManyConnections,
)
from online_migrate.plan.steps import Step, Validate

# Rolled back whole by the server for the sake of others: the same again may well succeed.
GIVES_WAY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)
NO_SERVER = (ServerNotReady, ServerUnreachable, TooManyConnections)
VIOLATIONS = (pg.CheckViolation, pg.ForeignKeyViolation, pg.NotNullViolation)


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
