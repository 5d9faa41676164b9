"""How a worker obeys the ruling: it waits while it is held, and rests after each batch as long as it is told."""

from online_migrate.backfilling.job import Job
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.ruling import Ruling, ruling
from online_migrate.backfilling.session import Session
from online_migrate.errors import Cancelled, HeldTooLong, LeaseLost, Stopped
from online_migrate.events import Held

SLICE_S = 0.25


class Brake:
    """Of one worker.

    Args:
        backfill: its row in the journal.
        number: which of the backfill's workers this is, from 0; the highest are held first.
    """

    def __init__(self, job: Job, session: Session, *, backfill: int, number: int = 0) -> None:
        self._job = job
        self._session = session
        self._backfill = backfill
        self._number = number
        self._ruling: Ruling | None = None
        self._free_until = float("-inf")
        self._held_from: float | None = None

    @property
    def slowed(self) -> str | None:
        """Why it does not go at full speed, None where it does."""
        return self._ruling.slowed if self._ruling else None

    def hold(self) -> None:
        """Return when the next batch may begin.

        Raises:
            Stopped: asked to.
            Cancelled: an operator ordered it.
            LeaseLost: the backfill is gone from the journal.
            HeldTooLong: a limit has held it for the policy's pacing_total_s; an operator's pause may last longer.
        """
        told = None
        self._held_from = None
        while True:
            if self._job.should_stop():
                raise Stopped
            # A ruling comes once a second: batches of a few milliseconds need not ask before each.
            if self._job.clock.now() < self._free_until and not self._is_ahead():
                return
            held = self._held()
            if held is None and self._is_ahead():
                # For less than a second: then it is known how far the replicas have come.
                self._job.clock.sleep(SLICE_S)
                continue
            if held is None:
                break
            self._give_up(held)
            if held != told:
                self._job.observer(Held(step=self._job.step, reason=held))
                told = held
            self._job.clock.sleep(SLICE_S)
        self._free_until = self._job.clock.now() + SLICE_S
        if told:
            self._job.observer(Held(step=self._job.step, reason=None))

    def rest(self, seconds: float) -> None:
        """Rest after a batch that took that many seconds, so that its share of the time is the duty ruled."""
        duty = self._ruling.duty if self._ruling else 1.0
        left = seconds * (1 / duty - 1) * self._job.clock.jitter(0.9, 1.1)
        while left > 0 and not self._job.should_stop():
            self._job.clock.sleep(min(left, SLICE_S))
            left -= SLICE_S

    def _is_ahead(self) -> bool:
        """Whether the WAL is as far as it may be before the next ruling: in a second there may be more than a limit."""
        if self._ruling is None or (until := self._ruling.wal_until) is None:
            return False
        row = self._session.patiently(lambda: self._session.connection.execute(query("wal_position")).fetchone())
        return row is not None and row[0] > until

    def _give_up(self, held: str) -> None:
        total_s = self._job.policy.pacing_total_s
        if self._ruling is None or self._ruling.held is None or self._ruling.paused or not total_s:
            self._held_from = None
            return
        now = self._job.clock.now()
        self._held_from = now if self._held_from is None else self._held_from
        if now - self._held_from > total_s:
            raise HeldTooLong(self._job.step.id, held, total_s)

    def _held(self) -> str | None:
        found = self._session.patiently(lambda: ruling(self._session.connection, self._backfill))
        if found is None:
            raise LeaseLost
        if found.cancelled is not None:
            raise Cancelled(found.cancelled)
        self._ruling = found
        if found.workers is not None and self._number >= found.workers:
            return f"{found.workers} of its workers may work now"
        return found.held
