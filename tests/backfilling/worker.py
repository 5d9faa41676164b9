"""What a process does that backfills and is to be killed."""

from multiprocessing.connection import Connection

from online_migrate.backfilling import engine
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import Event
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy


def work(step: Backfill, url: str, sender: "Connection[object, object]") -> None:
    """Run the step; send the name of each event."""

    def observe(event: Event) -> None:
        sender.send(type(event).__name__)

    engine.run(
        step,
        database=Database(url),
        deploy_id=1,
        policy=Policy(batch_rows=50, batch_rows_max=50),
        clock=SystemClock(),
        observer=observe,
        should_stop=lambda: False,
    )
