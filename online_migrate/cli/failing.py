"""Every way a command can fail, as one error with a message, a hint and an exit status: never a traceback."""

import errno
import io
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import click

from online_migrate.errors import ConnectionLost, OnlineMigrateError, StatementFailed, Stopped, UsageError


@contextmanager
def errors_told() -> Iterator[None]:
    """Print an error of the work inside to stderr and end the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding does not have is shown as \u2192; it does not end a deploy.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _translated():
            yield
    except OnlineMigrateError as error:
        tell(error)
        sys.exit(error.exit_status)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what comes from outside (the keyboard, files, the server) into errors of ours."""
    try:
        yield
    except (click.Abort, KeyboardInterrupt):
        raise Stopped("Stopped at once; what is done is done, nothing is left half.") from None
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        raise UsageError(
            f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.", hint="Check path and rights."
        ) from None
    except _server_errors() as error:
        raise _of_server(error) from None


def _server_errors() -> type[Exception]:
    # Evaluated only when something has failed: a command that needs no database does not load the driver.
    import psycopg  # noqa: PLC0415

    return psycopg.Error


def _of_server(error: Exception) -> OnlineMigrateError:
    import psycopg  # noqa: PLC0415

    from online_migrate.execution.failures import said  # noqa: PLC0415 - as above

    assert isinstance(error, psycopg.Error)
    if error.sqlstate is None or isinstance(error, psycopg.OperationalError):
        return ConnectionLost(
            f"The connection to the server broke: {str(error).strip().splitlines()[0]}",
            hint="Run the same command again; it carries on where it stopped.",
        )
    return StatementFailed(
        f"The server refused a statement: {said(error)}",
        sqlstate=error.sqlstate,
        hint="Check that the role may read the catalog and use the schema online_migrate.",
    )


def tell(error: OnlineMigrateError) -> None:
    """Print an error and its hint to stderr, no line longer than the terminal is wide."""
    stopped = isinstance(error, Stopped)  # as asked: that is no error
    label = click.style("Stop:  ", fg="yellow") if stopped else click.style("Error: ", fg="red", bold=True)
    _print(label, error.message)
    if error.hint:
        _print(click.style("Hint:  ", fg="yellow"), error.hint)


def _print(label: str, words: str) -> None:
    width = shutil.get_terminal_size((80, 24)).columns
    indent = " " * 7
    for line in words.splitlines():
        filled = textwrap.fill(
            line,
            width=max(width, 40),
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        click.echo(label + filled.removeprefix(indent), err=True)
        label = indent
