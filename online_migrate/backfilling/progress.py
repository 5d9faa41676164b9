"""How far the backfills of a deploy are, for `status`; read from the journal, from any session."""

from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import RawCursor
from psycopg.rows import class_row

from online_migrate.backfilling.pace import seconds_left
from online_migrate.backfilling.queries import query


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """One backfill step.

    Attributes:
        reason: why it stopped, if it did.
        rows_done: rows changed and committed.
        rows_total: rows of the table, an estimate.
        fraction: of the range that is walked, 0 to 1, at the last tick of the engine (once a second).
        rows_per_s: None before the first tick.
        rate_low: the slow tenth of the last minute, fraction per second.
        rate_high: the fast tenth of it.
    """

    step: str
    state: Literal["running", "verifying", "done", "stopped", "undoing"]
    reason: str | None
    rows_done: int
    rows_total: int
    fraction: float
    rows_per_s: float | None
    rate_low: float | None
    rate_high: float | None

    @property
    def left_s(self) -> tuple[float, float] | None:
        """Least and most seconds left by the rates of the last minute, None while they say too little."""
        return seconds_left(self.fraction, self.rate_low, self.rate_high) if self.state == "running" else None


def progress(connection: psycopg.Connection, deploy_id: int) -> tuple[StepProgress, ...]:
    """Return the backfills of a deploy that have begun, in that order. Takes ACCESS SHARE on journal tables only."""
    with RawCursor(connection, row_factory=class_row(StepProgress)) as cursor:
        return tuple(cursor.execute(query("progress"), [deploy_id]).fetchall())
