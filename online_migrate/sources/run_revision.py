"""Runs the Python of one revision for real, where it cannot be turned into operations."""

from online_migrate.sources.process import ask
from online_migrate.sources.project import Project


def run_revision(
    project: Project,
    database_url: str | None,
    revision: str,
    *,
    downgrade: bool = False,
    lock_timeout_ms: int,
    statement_timeout_ms: int = 0,
    mark: str | None = None,
) -> None:
    """Run one revision's upgrade() or downgrade() through env.py, in an isolated process, in a transaction of its own.

    The version table is neither created nor changed. An autocommit block in the revision commits, as it always does.

    Args:
        project: of `find_project`.
        database_url: replaces the URL of env.py.
        revision: the full id.
        downgrade: run its downgrade().
        lock_timeout_ms: how long each statement may wait for a lock; 0 is no limit.
        statement_timeout_ms: how long each statement may take; 0 is no limit.
        mark: a statement run last in the same transaction, so that the revision is journaled exactly when it is done;
            it must return a row, else all is rolled back.

    Raises:
        RevisionFailed: with the database's code (`sqlstate`) and the line; 55P03 where a lock was not had in time.
        ProjectInvalid, ApplicationNotLoaded, CaptureFailed: env.py did not get that far.
    """
    settings = {"lock_timeout": f"{lock_timeout_ms}ms", "statement_timeout": f"{statement_timeout_ms}ms"}
    ask(
        project,
        "run",
        database_url=database_url,
        revision=revision,
        function="downgrade" if downgrade else "upgrade",
        settings=settings,
        mark=mark,
    )
