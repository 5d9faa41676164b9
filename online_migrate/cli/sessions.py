"""Options about the sessions of the application: which of them a deploy may end."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from online_migrate.errors import UsageError
from online_migrate.execution.engine import Termination

F = TypeVar("F", bound=Callable[..., Any])


def session_options(command: F) -> F:
    """Which sessions are ended: those in the way, and those whose prepared statements break."""
    recycling = click.option(
        "--recycle-connections",
        metavar="PATTERN",
        help="After steps that break prepared statements, end idle sessions whose application_name is LIKE this.",
    )
    return blocker_options(recycling(command))


def blocker_options(command: F) -> F:
    """Which sessions in the way are ended."""
    for option in (
        click.option(
            "--terminate-active",
            is_flag=True,
            help="With --terminate-blockers: also those at work, in a transaction that old.",
        ),
        click.option(
            "--terminate-blockers",
            type=click.IntRange(1, 86_400),
            metavar="S",
            help="End sessions in the way that are idle in a transaction for so long (default: never).",
        ),
    ):
        command = option(command)
    return command


def termination(after_s: int | None, *, active: bool) -> Termination | None:
    """Return the order that --terminate-blockers and --terminate-active give; None where they give none.

    Raises:
        UsageError: the second without the first.
    """
    if after_s is None and active:
        raise UsageError(
            "--terminate-active says whom to end, but not after how long.", hint="Add --terminate-blockers S."
        )
    return Termination(after_s=after_s, active=active) if after_s is not None else None
