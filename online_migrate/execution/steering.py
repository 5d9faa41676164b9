"""Orders to the deploy that is under way, from any session: pause, go on, leave off, rest more."""

from dataclasses import dataclass

from psycopg import Connection

from online_migrate.backfilling import control
from online_migrate.backfilling.control import Control, Desired
from online_migrate.database import Database
from online_migrate.errors import NothingToSteer
from online_migrate.execution import journal
from online_migrate.execution.lease import Holder, holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """An order that was given; `holder` runs the deploy now, None where nobody does."""

    deploy_id: int
    control: Control
    holder: Holder | None


def order(database: Database, desired: Desired, *, by: str, reason: str | None = None) -> Steered:
    """Order the deploy under way to pause, to go on, or to leave off; obeyed before its next batch or step.

    Raises:
        NothingToSteer: no deploy is under way; to leave off: nobody runs it.
    """
    with database.connect("steering") as connection:
        deploy_id, running = _under_way(connection)
        if desired == "cancel" and running is None:
            raise NothingToSteer(
                f"Nobody runs deploy {deploy_id} now.",
                hint="`online-migrate deploy` would carry on with it, `online-migrate abort` undo it.",
            )
        control.order(connection, deploy_id, desired, by=by, reason=reason)
        return _steered(connection, deploy_id, running)


def throttle(database: Database, ratio: float, *, by: str, seconds: float | None) -> Steered:
    """Order the backfills of the deploy under way to rest for a share of the time, 0 to less than 1, for so long.

    Raises:
        NothingToSteer: no deploy is under way.
    """
    with database.connect("steering") as connection:
        deploy_id, running = _under_way(connection)
        control.throttle(connection, deploy_id, ratio, by=by, seconds=seconds)
        return _steered(connection, deploy_id, running)


def _under_way(connection: Connection) -> tuple[int, Holder | None]:
    record = journal.unfinished(connection) or next(reversed(journal.awaiting_contract(connection)), None)
    if record is None:
        raise NothingToSteer("No deploy is under way.", hint="See `online-migrate status`.")
    if record.state == "aborting":
        raise NothingToSteer(
            f"Deploy {record.id} is being undone.", hint="Stop that with Ctrl-C where it runs; it can be carried on."
        )
    return record.id, holder(connection)


def _steered(connection: Connection, deploy_id: int, running: Holder | None) -> Steered:
    found = control.read(connection, deploy_id)
    assert found is not None  # it was written a moment ago
    return Steered(deploy_id=deploy_id, control=found, holder=running)
