"""What the workers of one process know together of a backfill: its journal row, what is done, and who is told."""

import threading

import psycopg

from online_migrate.backfilling import journal, target
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record, Tally
from online_migrate.backfilling.method import Batch, Method
from online_migrate.backfilling.pace import Pace
from online_migrate.backfilling.session import Session
from online_migrate.errors import LeaseLost
from online_migrate.events import BatchDone

TICK_S = 1.0


class Ledger:
    """One for all workers of a process.

    Args:
        leads: the process coordinates the backfill: it alone begins the range anew, says in the journal how far
            and how fast, and gives up where another coordinator has taken over. Others follow whoever does.
    """

    def __init__(self, job: Job, session: Session, method: Method, record: Record, *, leads: bool = True) -> None:
        self._job = job
        self._method = method
        self._record = record
        self._leads = leads
        self._lock = threading.Lock()
        self._tally = self._counted(session)
        self._fraction = method.fraction(record, self._tally)
        self._pace = Pace(at=job.clock.now(), fraction=self._fraction, rows=self._tally.rows_done)

    @property
    def record(self) -> Record:
        """The journal row as last seen."""
        return self._record

    @property
    def rows_done(self) -> int:
        """Rows changed over all runs, by all workers, as last counted."""
        return self._tally.rows_done

    def accept(self, seen: Record | None) -> None:
        """Go by the journal row as it is now.

        Raises:
            LeaseLost: it is gone, or no longer ours.
        """
        if seen is None or (self._leads and seen.epoch != self._record.epoch):
            raise LeaseLost
        self._record = seen

    def look(self, session: Session) -> None:
        """Find out why a batch was superseded, and go on from what the journal says.

        Raises:
            LeaseLost: the journal row is gone, or no longer ours.
        """
        with session.transaction() as cursor:
            self.accept(journal.look(cursor.connection, self._record.id))
            facts = target.read(cursor.connection, self._job.step.table)
            stored = (self._record.filenode, self._record.relid)
            if self._leads and self._record.filenode is not None and (facts.filenode, facts.relid) != stored:
                self._begin_anew(cursor.connection)
        self.count(session)

    def restart(self, session: Session) -> None:
        """Fix the range anew and count on from what is done (the change is idempotent)."""
        with session.transaction() as cursor:
            self._begin_anew(cursor.connection)
        self.count(session)

    def explain(self, session: Session, reason: str | None) -> None:
        """Say in the journal why nothing moves; None: it does."""
        if self._leads:
            journal.set_state(session.connection, self._record, "running", reason)

    def count(self, session: Session) -> None:
        """Read from the journal what all workers have done."""
        self._tally = self._counted(session)

    def note(self, session: Session, batch: Batch, *, rows: int, seconds: float, reason: str | None) -> None:
        """Add a batch that is committed, and tell of it; once a second look what others did."""
        now = self._job.clock.now()
        with self._lock:
            if now - self._pace.at >= TICK_S:
                self._tick(session, now)
            else:
                self._add(batch, rows)
            self._job.observer(
                BatchDone(
                    step=self._job.step,
                    rows=rows,
                    rows_done=self._tally.rows_done,
                    rows_total=max(self._record.rows_total, self._tally.rows_done),
                    fraction=self._fraction,
                    seconds=seconds,
                    reason=reason,
                )
            )

    def _tick(self, session: Session, now: float) -> None:
        self.count(session)
        self._fraction = self._method.fraction(self._record, self._tally)
        self._pace = self._pace.tick(at=now, fraction=self._fraction, rows=self._tally.rows_done)
        if self._leads:
            journal.tick(session.connection, self._record, self._pace)

    def _add(self, batch: Batch, rows: int) -> None:
        done = self._tally
        self._tally = Tally(
            rows_done=done.rows_done + rows,
            rows_walked=done.rows_walked + batch.advance.walked,
            block_stripes=done.block_stripes + batch.units,
        )
        self._fraction = self._method.fraction(self._record, self._tally)

    def _begin_anew(self, connection: psycopg.Connection) -> None:
        facts = target.read(connection, self._job.step.table)
        self._record = journal.restart(connection, self._record, facts)
        self._method.begin(connection, self._record)

    def _counted(self, session: Session) -> Tally:
        return journal.tally(session.connection, self._record.id, self._job.step.stripes)
