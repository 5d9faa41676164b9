"""Batch after batch to the end of the range: size, failures and fencing."""

import psycopg

from online_migrate.backfilling import bad_rows, images, journal, windows
from online_migrate.backfilling.bad_rows import Fault, Sieve
from online_migrate.backfilling.brake import Brake
from online_migrate.backfilling.failures import Reaction, Recent, reaction
from online_migrate.backfilling.hot import HotGuard
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.ledger import Ledger
from online_migrate.backfilling.method import Batch, Method
from online_migrate.backfilling.session import RETRIES, Session
from online_migrate.backfilling.windows import Meter, Window

FIRST_POLL_S = 0.02
LONGEST_POLL_S = 0.25


class _Superseded(Exception):
    """The journal is not where the batch started from; it was rolled back."""


class _TooManyRows(Exception):
    """The batch locked more rows than one may; it was rolled back."""


class Walk:
    """One worker's way through one backfill.

    Args:
        worker: its name in the journal, which no other has.
        number: which of the process's workers it is, from 0.
    """

    def __init__(
        self, job: Job, session: Session, method: Method, ledger: Ledger, *, worker: str, number: int = 0
    ) -> None:
        self._job = job
        self._session = session
        self._method = method
        self._ledger = ledger
        self._worker = worker
        self._servo = method.first_servo()
        self._brake = Brake(job, session, backfill=ledger.record.id, number=number)
        self._hot = HotGuard(job, session, ledger, possible=method.stays_hot)
        self._window: Window | None = None
        self._batch: Batch | None = None
        self._sieve: Sieve | None = None
        self._broken = 0
        self._recent = Recent()
        self._blocked_since: float | None = None
        self._unexplained = 0

    def to_end(self) -> None:
        """Run batches until no part of the range is left, here or with another worker.

        Raises:
            Stopped, Cancelled, LeaseLost, LocksNotAvailable, ServerExhausted, ConnectionLost, BackfillFailing:
                resumable.
            BadRow, StatementFailed, BeforeImageInexact: a person is needed.
        """
        poll_s = FIRST_POLL_S
        while True:
            self._brake.hold()
            self._hot.hold()
            started = self._job.clock.now()
            if self._try_next():
                poll_s = FIRST_POLL_S
                self._brake.rest(self._job.clock.now() - started)
                continue
            if not self._session.patiently(self._any_left):
                return
            self._job.clock.sleep(poll_s)
            poll_s = min(LONGEST_POLL_S, poll_s * 2)

    def give_back(self) -> None:
        """Let others have the window at once, and not when the lease ends."""
        self._window = None
        windows.release(self._session.connection, self._ledger.record.id, self._worker)

    @property
    def _units(self) -> int:
        return self._batch.units if self._batch else self._servo.size

    def _try_next(self) -> bool:
        """Run a batch, or learn from its failure; False where there is no window to work on at this moment."""
        broken = self._session.broken
        try:
            worked = self._session.steadily(self._run_next)
        except psycopg.Error as error:
            self._learn(error)
            return True
        except _TooManyRows:
            self._make_smaller()
            return True
        except _Superseded:
            self._session.patiently(self._look)
            return True
        self._recent = self._recent.after(failed=self._session.broken != broken)
        self._recent.give_up(self._job.step.id)
        return worked

    def _run_next(self) -> bool:
        started = self._job.clock.now()
        if self._broken != self._session.broken:
            # Whether the last commit happened is not known: only the journal says where to go on.
            self.give_back()
            self._broken = self._session.broken
        self._window = self._window or self._claim()
        if self._window is None:
            return False
        if self._sieve is None or self._sieve.batch.window != self._window:
            self._sieve = Sieve(self._method.batch(self._window, self._servo.size))
        self._batch = batch = self._sieve.batch
        rows, ms = self._commit(self._sieve)
        self._servo = self._servo.after(ms=ms, units=batch.units, rows=rows)
        self._blocked_since, self._unexplained, self._sieve = None, 0, None
        seconds = self._job.clock.now() - started
        self._ledger.note(self._session, batch, rows=rows, seconds=seconds, reason=self._brake.slowed)
        return True

    def _claim(self) -> Window | None:
        backfill = self._ledger.record.id
        with self._session.transaction() as cursor:
            found = windows.claim(cursor.connection, backfill, self._worker)
            if found is not None:
                return found
            # Somebody may have opened windows since: look again with the row locked, before opening more.
            self._ledger.accept(journal.hold(cursor.connection, backfill))
            found = windows.claim(cursor.connection, backfill, self._worker)
            if found is None and self._method.open_more(cursor.connection, self._ledger.record):
                found = windows.claim(cursor.connection, backfill, self._worker)
            return found

    def _commit(self, sieve: Sieve) -> tuple[int, float]:
        """Run the batch with its progress in one transaction; return rows and the statement's milliseconds."""
        batch, record, clock = sieve.batch, self._ledger.record, self._job.clock
        with self._session.transaction(
            statement_timeout_ms=self._method.statement_timeout_ms, opening=Meter.reading(record)
        ) as cursor:
            connection = cursor.connection
            before = Meter.read(cursor)
            started = clock.now()
            rows = sum(self._method.change(cursor, part) for part in sieve.parts())
            ms = (clock.now() - started) * 1000
            if rows > self._job.policy.batch_rows_max and batch.units > 1:
                raise _TooManyRows
            if self._job.step.keeps_before_image and rows:
                kept = self._method.rows(batch)
                images.keep(self._job, self._session, cursor, backfill=record.id, rows=kept, changed=rows)
            for fault in sieve.faults.values():
                bad_rows.note(connection, record.id, fault, skipped=True)
            noted = windows.advance(
                connection, record, batch.window, batch.advance, rows=rows, before=before, worker=self._worker
            )
            if noted is None:
                raise _Superseded
        self._window = noted.following
        self._hot.note(stripe=batch.window.stripes_done, rows=rows, hot=noted.hot)
        return rows, ms

    def _any_left(self) -> bool:
        return windows.any_left(self._session.connection, self._ledger.record.id)

    def _look(self) -> None:
        self._window = None
        self._ledger.look(self._session)

    def _make_smaller(self) -> None:
        self._sieve = None
        self._servo = self._servo.split(self._units)

    def _learn(self, error: psycopg.Error) -> None:
        """Go on with smaller batches or without a bad row, or raise where that cannot help."""
        if reaction(error) is Reaction.BISECT:
            self._explain(error)
            return
        now = self._job.clock.now()
        self._blocked_since = self._blocked_since or now
        if now - self._blocked_since > self._job.policy.lock_total_s:
            raise self._session.given_up(error) from error
        if self._units == 1:
            self._session.pause(error, RETRIES)
        self._make_smaller()

    def _explain(self, error: psycopg.Error) -> None:
        """Leave out the row at fault, or raise; return also where somebody has mended it meanwhile."""
        self._unexplained += 1
        fault: Fault | None = Fault(key={}, error=error)
        if self._sieve is not None and self._unexplained <= RETRIES:
            fault = self._sieve.find(self._session, self._method, error)
        if fault is None:
            return
        if fault.key and self._may_skip():
            self._unexplained = 0
            return
        backfill = self._ledger.record.id
        self._session.patiently(lambda: bad_rows.note(self._session.connection, backfill, fault, skipped=False))
        raise fault.refused(self._job) from error

    def _may_skip(self) -> bool:
        """Whether the rows that the batch leaves out, with those left out before, are not too many."""
        policy, backfill = self._job.policy, self._ledger.record.id
        if policy.on_bad_row == "stop" or self._sieve is None:
            return False
        faults = self._sieve.faults.values()
        skipped = self._session.patiently(lambda: bad_rows.count_skipped(self._session.connection, backfill, faults))
        return skipped <= policy.max_bad_rows
