"""Batch after batch to the end of the range: size, failures, fencing and what the watcher is told."""

import psycopg

from online_migrate.backfilling import images, journal, target
from online_migrate.backfilling.bad_rows import bad_row, name_bad_row
from online_migrate.backfilling.brake import Brake
from online_migrate.backfilling.failures import Reaction, reaction
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.method import Batch, Method
from online_migrate.backfilling.pace import Pace
from online_migrate.backfilling.session import RETRIES, Session
from online_migrate.errors import LeaseLost
from online_migrate.events import BatchDone

TICK_S = 1.0


class _Superseded(Exception):
    """The journal is not where the batch started from; it was rolled back."""


class _TooManyRows(Exception):
    """The batch locked more rows than one may; it was rolled back."""


class Walk:
    """One worker's way through one backfill."""

    def __init__(self, job: Job, session: Session, method: Method, record: Record) -> None:
        self.record = record
        self._job = job
        self._session = session
        self._method = method
        self._servo = method.first_servo()
        self._brake = Brake(job, session, backfill=record.id)
        self._batch: Batch | None = None
        self._blocked_since: float | None = None
        self._unexplained = 0
        self._tally = self._session.patiently(self._count)
        self._fraction = method.fraction(record, self._tally)
        self._pace = Pace(at=job.clock.now(), fraction=self._fraction, rows=self._tally.rows_done)

    @property
    def rows_done(self) -> int:
        """Rows changed over all runs."""
        return self._tally.rows_done

    def to_end(self) -> None:
        """Run batches until the range is done.

        Raises:
            Stopped, Cancelled, LeaseLost, LocksNotAvailable, ServerExhausted, ConnectionLost: resumable.
            BadRow, StatementFailed, BeforeImageInexact: a person is needed.
        """
        while True:
            self._brake.hold()
            started = self._job.clock.now()
            try:
                if not self._session.steadily(self._run_next):
                    return
            except psycopg.Error as error:
                self._make_smaller(error)
            except _TooManyRows:
                self._servo = self._servo.split(self._units)
            except _Superseded:
                self._session.patiently(self._look)
            self._brake.rest(self._job.clock.now() - started)

    def restart(self) -> None:
        """Fix the range anew and count on from what is done (the change is idempotent)."""

        def begin() -> Record:
            with self._session.transaction() as cursor:
                facts = target.read(cursor.connection, self._job.step.table)
                record = journal.restart(cursor.connection, self.record, facts)
                self._method.begin(cursor.connection, record)
                return record

        self.record = self._session.patiently(begin)
        self._tally = self._session.patiently(self._count)

    @property
    def _units(self) -> int:
        return self._batch.units if self._batch else self._servo.size

    def _count(self) -> journal.Tally:
        return journal.tally(self._session.connection, self.record.id, self._job.step.stripes)

    def _run_next(self) -> bool:
        started = self._job.clock.now()
        self._batch = batch = self._method.next(self.record, self._servo.size)
        if batch is None:
            return False
        rows, ms = self._commit(batch)
        self._servo = self._servo.after(ms=ms, units=batch.units)
        self._blocked_since, self._unexplained = None, 0
        self._tell(rows, self._job.clock.now() - started)
        return True

    def _commit(self, batch: Batch) -> tuple[int, float]:
        """Run the batch with its progress in one transaction; return rows and the statement's milliseconds."""
        clock = self._job.clock
        with self._session.transaction(statement_timeout_ms=self._method.statement_timeout_ms) as cursor:
            started = clock.now()
            rows = self._method.change(cursor, batch)
            ms = (clock.now() - started) * 1000
            if rows > self._job.policy.batch_rows_max and batch.units > 1:
                raise _TooManyRows
            if self._job.step.keeps_before_image and rows:
                images.keep(
                    self._job,
                    self._session,
                    cursor,
                    backfill=self.record.id,
                    rows=self._method.rows(batch),
                    changed=rows,
                )
            if not journal.advance(cursor.connection, self.record, batch.window, batch.advance, rows):
                raise _Superseded
        return rows, ms

    def _tell(self, rows: int, seconds: float) -> None:
        now = self._job.clock.now()
        # A few hundred bytes, once per batch: cheaper than keeping a second set of books.
        self._tally = self._count()
        self._fraction = self._method.fraction(self.record, self._tally)
        if now - self._pace.at >= TICK_S:
            self._pace = self._pace.tick(at=now, fraction=self._fraction, rows=self._tally.rows_done)
            journal.tick(self._session.connection, self.record, self._pace)
        self._job.observer(
            BatchDone(
                step=self._job.step,
                rows=rows,
                rows_done=self._tally.rows_done,
                rows_total=max(self.record.rows_total, self._tally.rows_done),
                fraction=self._fraction,
                seconds=seconds,
                reason=self._brake.slowed,
            )
        )

    def _make_smaller(self, error: psycopg.Error) -> None:
        """Go on with smaller batches, or raise where that cannot help."""
        if reaction(error) is Reaction.BISECT:
            self._explain(error)
            return
        now = self._job.clock.now()
        self._blocked_since = self._blocked_since or now
        if now - self._blocked_since > self._job.policy.lock_total_s:
            raise self._session.blocked(error) from error
        if self._units == 1:
            self._session.pause(error, RETRIES)
        self._servo = self._servo.split(self._units)

    def _explain(self, error: psycopg.Error) -> None:
        """Find the row at fault and raise; return where somebody has mended it meanwhile."""
        self._unexplained += 1
        if self._batch is None or self._unexplained > RETRIES:
            bad_row(self._job, {}, error)
        name_bad_row(self._job, self._session, self._method, self.record, batch=self._batch, error=error)

    def _look(self) -> None:
        """Find out why a batch was superseded, and go on from what the journal says."""
        with self._session.transaction() as cursor:
            seen = journal.look(cursor.connection, self.record.id)
            if seen is None or seen.epoch != self.record.epoch:
                raise LeaseLost
            facts = target.read(cursor.connection, self._job.step.table)
        if seen.filenode is not None and (facts.filenode, facts.relid) != (seen.filenode, seen.relid):
            self.restart()
