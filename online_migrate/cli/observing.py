"""Who watches a deploy: the console, a log where one is wanted, OpenTelemetry where it is installed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from io import BufferedWriter, TextIOWrapper
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console

from online_migrate.cli.unheard import Unheard
from online_migrate.errors import OnlineMigrateError
from online_migrate.events import Event, Observer
from online_migrate.reports.event_log import EventLog, LogFormat
from online_migrate.reports.progress import Watcher

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Where the log goes; stderr where there is no file."""

    form: LogFormat
    file: str | None

    @classmethod
    def of(cls, form: LogFormat | None, file: str | None) -> "Log | None":
        """Return what --log-format and --log-file say; None where neither is given."""
        return cls(form=form or "json", file=file) if form or file else None


def log_options(command: F) -> F:
    """Whether and how a log is written."""
    for option in (
        click.option("--log-file", metavar="FILE", help="Append the log to this file (default format: json)."),
        click.option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            help="Write a log, a line for each event, to stderr or the --log-file.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def observing(console: Console, log: Log | None) -> Iterator[Observer]:
    """Yield the observer that tells everybody."""
    with ExitStack() as stack:
        told: list[Observer] = [stack.enter_context(Watcher(console))]
        if find_spec("opentelemetry") is not None:
            from online_migrate.reports.telemetry import Telemetry  # noqa: PLC0415 - an extra

            told.append(stack.enter_context(Telemetry()))
        if log is not None:
            told.append(stack.enter_context(_logging(log)))

        def tell(event: Event) -> None:
            for observer in told:
                observer(event)

        yield tell


@contextmanager
def _logging(log: Log) -> Iterator[EventLog]:
    with ExitStack() as stack:
        stream = stack.enter_context(_appending(log.file)) if log.file else sys.stderr
        written = EventLog(stream, log.form)
        try:
            yield written
        except OnlineMigrateError as error:
            written.failed(error)
            raise


def _appending(file: str) -> TextIO:
    return TextIOWrapper(BufferedWriter(Unheard(file, "a")), encoding="utf-8", line_buffering=True)
