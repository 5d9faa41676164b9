"""Options that several commands take."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from online_migrate.config import PACING, read_policy, setting
from online_migrate.policy import Policy

F = TypeVar("F", bound=Callable[..., Any])


def inputs(command: F) -> F:
    """Where the operations come from: Alembic's target, up or down, the models, or SQL files."""
    for option in (
        click.argument("words", nargs=-1, metavar="[TARGET]"),
        click.option("--sql", "sql", multiple=True, metavar="FILE", help="Plain SQL files instead of revisions."),
        click.option("--autogenerate", is_flag=True, help="What the models have and the database has not."),
        click.option("--downgrade", metavar="REV", help="Back to a revision, as Alembic takes it: a1, -1, base."),
    ):
        command = option(command)
    return command


def policy_options(command: F) -> F:
    """Settings of the policy that are given on the command line; they win over pyproject.toml."""
    for option in (
        click.option(
            "--lock-budget",
            "lock_budget_ms",
            type=click.IntRange(1, 60_000),
            metavar="MS",
            help="Longest wait for a lock that others queue behind (default 100).",
        ),
        click.option(
            "--lock-total",
            "lock_total_s",
            type=click.IntRange(0, 86_400),
            metavar="S",
            help="How long a step tries to get its locks before it gives up (default 600).",
        ),
        click.option(
            "--batch-target",
            "batch_target_ms",
            type=click.IntRange(1, 60_000),
            metavar="MS",
            help="How long one backfill batch should take (default 100).",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, 64),
            metavar="N",
            help="How many connections walk one table at once (default 1).",
        ),
        click.option(
            "--on-bad-row",
            type=click.Choice(["stop", "skip"]),
            help="What a backfill does about a row that cannot be changed (default stop).",
        ),
        click.option(
            "--pacing",
            multiple=True,
            metavar="NAME=VALUE",
            help="A limit of pacing, as lag_s=30; 0 is off (docs/backfills.md).",
        ),
        click.option(
            "--keep-dropped",
            "keep_dropped_days",
            type=click.IntRange(0, 3650),
            metavar="DAYS",
            help="Keep tables that contract drops aside for so long (default 0: drop them for good).",
        ),
        click.option(
            "--small-tables-online",
            is_flag=True,
            help="Take the online form for small tables too, not the statement as written.",
        ),
        click.option(
            "--allow-blocking",
            is_flag=True,
            default=None,
            help="Run also what has no online form and blocks the application for longer than the budget.",
        ),
    ):
        command = option(command)
    return command


def limits_given(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limits that the command line says, by their names in the policy.

    Raises:
        ConfigurationError: --pacing names no limit, or gives it a value it cannot have.
    """
    own = ("small_tables_online", "pacing")
    named = {name: value for name, value in given.items() if value is not None and name not in own}
    return named | dict(map(_pacing, given["pacing"]))


def _pacing(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    name = PACING + name.strip().removeprefix(PACING)
    try:
        parsed: Any = float(value) if "." in value else int(value)
    except ValueError:
        parsed = value
    return name, setting(name, parsed, "--pacing")


def make_policy(given: Mapping[str, Any]) -> Policy:
    """Return the policy of pyproject.toml with what the command line says put over it."""
    settings = limits_given(given)
    if given["small_tables_online"]:
        settings["small_tables_as_written"] = False
    return replace(read_policy(Path.cwd()), **settings)
