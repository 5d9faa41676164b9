"""Whether the updates stay HOT, and what to do where they do not though they could.

Striping pays only while the dead rows of one stripe can be removed before the next one comes. A transaction, slot or
replica that keeps an old snapshot prevents that: the table grows to twice its size and the WAL doubles. So it is named
and waited for, as long as the policy says; then the walk goes on as it is, which costs space and no correctness.
"""

from dataclasses import dataclass

from psycopg import RawCursor

from online_migrate.backfilling.job import Job
from online_migrate.backfilling.ledger import Ledger
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.session import Session
from online_migrate.errors import Stopped
from online_migrate.events import Held

LEAST_SHARE = 0.3
BATCHES = 20
POLL_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HotShare:
    """The share of HOT updates over the last batches that could have them: (rows, of them HOT) of each."""

    batches: tuple[tuple[int, int], ...] = ()

    def after(self, rows: int, hot: int) -> "HotShare":
        """Return the share with one more batch."""
        return HotShare(batches=(*self.batches, (rows, hot))[-BATCHES:])

    @property
    def is_low(self) -> bool:
        """Whether hardly any is HOT; not before there are enough batches to say so."""
        rows = sum(rows for rows, _ in self.batches)
        return len(self.batches) == BATCHES and sum(hot for _, hot in self.batches) < LEAST_SHARE * rows


class HotGuard:
    """Of one worker.

    Args:
        possible: an update of the step's columns can be HOT.
    """

    def __init__(self, job: Job, session: Session, ledger: Ledger, *, possible: bool) -> None:
        self._job = job
        self._session = session
        self._ledger = ledger
        self._left_s = float(job.policy.horizon_wait_s) if possible else 0.0
        self._share = HotShare()

    def note(self, *, stripe: int, rows: int, hot: int) -> None:
        """Add a batch; the first stripe finds no room yet, so it says nothing."""
        if stripe > 0 and rows:
            self._share = self._share.after(rows, hot)

    def hold(self) -> None:
        """Return when there is hope for HOT updates, or the policy's patience is over.

        Raises:
            Stopped: asked to.
        """
        if self._left_s <= 0 or not self._share.is_low:
            return
        self._share = HotShare()
        holder = self._session.patiently(self._holder)
        if holder is None:
            return
        clock = self._job.clock
        began = clock.now()
        self._tell(f"{holder[1]} keeps dead rows, so that updates are not HOT and the table would grow")
        while self._session.patiently(self._holder) == holder and clock.now() - began < self._left_s:
            if self._job.should_stop():
                raise Stopped
            clock.sleep(POLL_S)
        self._left_s -= clock.now() - began
        self._tell(None)

    def _tell(self, reason: str | None) -> None:
        self._session.patiently(lambda: self._ledger.explain(self._session, reason))
        self._job.observer(Held(step=self._job.step, reason=reason))

    def _holder(self) -> tuple[str, str] | None:
        with RawCursor(self._session.connection) as cursor:
            found = cursor.execute(query("look_horizon")).fetchone()
        return None if found is None else (str(found[0]), str(found[1]))
