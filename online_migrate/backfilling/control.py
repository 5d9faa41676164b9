"""What an operator asks of a deploy, as a row that any session can write: the command line, another host, psql."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import Connection, RawCursor
from psycopg.rows import class_row

from online_migrate.backfilling.queries import query

Desired = Literal["run", "pause", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The order in force.

    Attributes:
        throttle_ratio: share of the time that a backfill rests, 0 to less than 1.
        throttle_until: when that ends by itself; None: when it is taken back.
        reason: of a pause or cancel, if one was given.
        set_by: who ordered it.
        throttled: whether the ratio holds at this moment.
    """

    desired: Desired
    throttle_ratio: float
    throttle_until: datetime | None
    reason: str | None
    set_by: str
    set_at: datetime
    throttled: bool

    @property
    def words(self) -> str:
        """Who ordered it and why."""
        return ordered(self.desired, self.set_by, self.reason)


def ordered(desired: str, by: str, reason: str | None) -> str:
    """Return "paused by ann: Black Friday"."""
    done = {"run": "resumed", "pause": "paused", "cancel": "cancelled"}[desired]
    return f"{done} by {by}" + (f": {reason}" if reason else "")


def throttled(ratio: float, until: datetime | None) -> str:
    """Return "throttled to 20 % until 18:30:00 UTC"."""
    return f"throttled to {1 - ratio:.0%}" + (f" until {until:%H:%M:%S %Z}" if until else "")


def read(connection: Connection, deploy_id: int) -> Control | None:
    """Return what is ordered of a deploy; None where nothing ever was."""
    with RawCursor(connection, row_factory=class_row(Control)) as cursor:
        return cursor.execute(query("control"), [deploy_id]).fetchone()


def order(connection: Connection, deploy_id: int, desired: Desired, *, by: str, reason: str | None = None) -> None:
    """Order a deploy to pause, to go on, or to leave off; it obeys before its next batch or step."""
    _execute(connection, "order", [deploy_id, desired, reason, by])


def throttle(connection: Connection, deploy_id: int, ratio: float, *, by: str, seconds: float | None = None) -> None:
    """Order the backfills of a deploy to rest for a share of the time (0 takes it back), for so long or for good."""
    _execute(connection, "throttle", [deploy_id, ratio, seconds, by])


def carry_on(connection: Connection, deploy_id: int) -> None:
    """Make the row where there is none, and forget an order to leave off; a pause stays."""
    _execute(connection, "carry_on", [deploy_id])


def _execute(connection: Connection, name: str, parameters: list[object]) -> None:
    with RawCursor(connection) as cursor:
        cursor.execute(query(name), parameters)
