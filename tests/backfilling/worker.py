"""What a process does that backfills and is to be killed."""

from collections.abc import Callable
from multiprocessing.connection import Connection

from online_migrate.backfilling import engine
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import Event
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy


def work(step: Backfill, url: str, sender: "Connection[object, object]") -> None:
    """Run the step as deploy 1; send the name of each event."""
    _call(engine.run, step, url, sender)


def help_out(step: Backfill, url: str, sender: "Connection[object, object]") -> None:
    """Join the step of deploy 1, which another process runs; send the name of each event."""
    _call(engine.join, step, url, sender)


def _call(run: Callable[..., object], step: Backfill, url: str, sender: "Connection[object, object]") -> None:
    def observe(event: Event) -> None:
        sender.send(type(event).__name__)

    run(
        step,
        database=Database(url),
        deploy_id=1,
        policy=Policy(batch_rows=50, batch_rows_max=50),
        clock=SystemClock(),
        observer=observe,
        should_stop=lambda: False,
    )
