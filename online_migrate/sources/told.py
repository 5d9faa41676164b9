"""What the helpers in a revision are told by the isolated process that runs it, in the options of Alembic's context."""

from enum import StrEnum

from alembic.runtime.migration import MigrationContext

_OPTION = "online_migrate_run"


class Run(StrEnum):
    """How a revision is run where it is not plain Alembic that runs it."""

    RECORDED = "recorded"
    """Statements are written down for a plan, which makes them online."""
    DEPLOYED = "deployed"
    """It runs as Python inside one step of a deploy, whose engine holds the lease."""


def tell(context: MigrationContext, run: Run) -> None:
    """Let the helpers of the revisions that this context runs know how."""
    context.opts[_OPTION] = run


def told(context: MigrationContext) -> Run | None:
    """Return how the revision is run; None under plain Alembic."""
    found: Run | None = context.opts.get(_OPTION)
    return found
