"""How far the backfills of a deploy are, for `status`; read from the journal, from any session."""

from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import RawCursor
from psycopg.rows import class_row

from online_migrate.backfilling.pace import seconds_left
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.ruling import STALE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """One backfill step.

    Attributes:
        reason: why it stopped, if it did.
        rows_done: rows changed and committed.
        rows_hot: of those, the ones that no index had to follow (HOT updates).
        rows_total: rows of the table, an estimate.
        blocks_total: pages of the table when it began; None where it is not walked by pages.
        wal_bytes: of WAL that the server wrote while batches ran.
        fraction: of the range that is walked, 0 to 1, at the last tick of the engine (once a second).
        rows_per_s: None before the first tick.
        rate_low: the slow tenth of the last minute, fraction per second.
        rate_high: the fast tenth of it.
        workers: "host:pid:thread" of those that have a part of it now.
        paused: whether an operator has paused its deploy.
        duty: share of the time that its coordinator lets it work; None before it ruled.
        held: why it may not go on now, by its coordinator's last ruling.
        slowed: why it does not go at full speed, by that ruling.
        signals: what that ruling was made of, as `reading.Reading` has it.
        ruling_age_s: None where there is none.
    """

    step: str
    state: Literal["running", "verifying", "done", "stopped", "undoing"]
    reason: str | None
    method: str
    rows_done: int
    rows_hot: int
    rows_total: int
    blocks_total: int | None
    wal_bytes: int
    fraction: float
    rows_per_s: float | None
    rate_low: float | None
    rate_high: float | None
    workers: list[str]
    paused: bool
    duty: float | None
    held: str | None
    slowed: str | None
    signals: list[dict[str, Any]]
    ruling_age_s: float | None

    @property
    def is_ruled(self) -> bool:
        """Whether its coordinator is at work, so that its ruling says how things are now."""
        return self.state == "running" and self.ruling_age_s is not None and self.ruling_age_s <= STALE_S

    @property
    def blocks_done(self) -> int | None:
        """Pages that are done, counting each by the share of its rows."""
        return None if self.blocks_total is None else round(self.fraction * self.blocks_total)

    @property
    def left_s(self) -> tuple[float, float] | None:
        """Least and most seconds left by the rates of the last minute, None while they say too little."""
        if self.state != "running" or self.paused or (self.is_ruled and self.held is not None):
            return None
        return seconds_left(self.fraction, self.rate_low, self.rate_high)


def progress(connection: psycopg.Connection, deploy_id: int) -> tuple[StepProgress, ...]:
    """Return the backfills of a deploy that have begun, in that order. Takes ACCESS SHARE on journal tables only."""
    with RawCursor(connection, row_factory=class_row(StepProgress)) as cursor:
        return tuple(cursor.execute(query("progress"), [deploy_id]).fetchall())
