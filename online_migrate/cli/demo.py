"""`online-migrate demo`."""

import click

from online_migrate.clock import SystemClock
from online_migrate.demo.run import run
from online_migrate.reports.progress import make_console


@click.command("demo")
@click.option("--rows", type=click.IntRange(1_000, 5_000_000), default=200_000, show_default=True, help="Users.")
def command(rows: int) -> None:
    """See a risky migration run online beside the same one run naively."""
    run(make_console(), SystemClock(), rows)
