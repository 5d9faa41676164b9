"""What people have allowed, gathered from pyproject.toml and from the files that a plan comes from."""

from pathlib import Path

from rich.console import Console

from online_migrate.cli.notices import note
from online_migrate.clock import today
from online_migrate.config import read_allowed
from online_migrate.plan.model import Plan
from online_migrate.plan.override import Allowed, allow
from online_migrate.reports.words import plural
from online_migrate.sources.overrides import read_overrides


def allowed_in(*plans: Plan) -> Allowed:
    """Return what the overrides of pyproject.toml and of the files that the plans come from allow today.

    Raises:
        ConfigurationError, OverrideInvalid: one of them cannot be read, or gives no reason.
    """
    operations = [o for plan in plans for o in plan.operations]
    files = (o.operation.source.file for o in operations if o.operation.source is not None)
    return allow(operations, (*read_overrides(files), *read_allowed(Path.cwd())), today())


def show_allowed(allowed: Allowed, console: Console) -> None:
    """Print how many operations are allowed, and which overrides are of no use; nothing where there are none."""
    if allowed.by_operation:
        note(console, f"Allowed by an override, with a reason: {plural(len(allowed.by_operation), 'operation')}.")
    for override in allowed.expired:
        note(console, f"{override.place} allows {override.kind}, and that expired on {override.expires}.")
    for override in allowed.unused:
        note(console, f"{override.place} allows {override.kind}, and no operation needs it.")
