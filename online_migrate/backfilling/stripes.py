"""Windows of heap blocks, each page updated in several commits, so that updates stay HOT.

After a stripe is committed, page pruning gives the space of its old versions to the next stripe: no
index grows, half the WAL. Several windows are open at once and take turns, so that the commit of a
stripe is older than every running batch when its window comes again.

Why no row is missed, if the change is idempotent and a trigger (or the writers) fills new versions:
the last block is read after the trigger was committed; a version born later was filled by its writer;
older ones lie in the blocks walked unless the table is rewritten, which every batch looks for.
Needs PostgreSQL 14 (TID range scans).
"""

from math import ceil

import psycopg
from psycopg import sql

from online_migrate.backfilling import windows
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record, Tally
from online_migrate.backfilling.method import Batch, Method, Place, Rows
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.target import Target
from online_migrate.backfilling.windows import Advance, Window

LEAST_OPEN_WINDOWS = 4
FIRST_WINDOW_BLOCKS = 1000
LARGEST_WINDOW_BLOCKS = 2000
GROWTH = 2
LARGEST_BATCH_BLOCKS = 4096
GUESSED_ROWS_PER_BLOCK = 60


class Stripes(Method):
    """The walk over windows of blocks."""

    def __init__(self, job: Job, session: Session, target: Target) -> None:
        self._job = job
        self._session = session
        self._target = target
        # A worker comes back to a window when the batches that ran beside its last one have ended.
        self._open_windows = max(LEAST_OPEN_WINDOWS, 2 * job.policy.workers)
        # All open windows together stay in an eighth of the cache from their first stripe to the last.
        cached = target.shared_buffers // 8 // self._open_windows
        share = ceil(target.blocks / self._open_windows)
        self._most_blocks = max(1, min(LARGEST_WINDOW_BLOCKS, cached, share))
        self._window_blocks = min(FIRST_WINDOW_BLOCKS, self._most_blocks)
        self._opened_at: float | None = None

    @property
    def statement_timeout_ms(self) -> int:
        return self._job.policy.statement_timeout_ms

    @property
    def stays_hot(self) -> bool:
        return self._job.step.stripes > 1 and not set(self._job.step.columns) & set(self._target.indexed)

    def first_servo(self) -> Servo:
        blocks = max(1, self._target.blocks)
        rows_per_block = self._target.rows_estimate / blocks or GUESSED_ROWS_PER_BLOCK
        wanted = round(self._job.policy.batch_rows * self._job.step.stripes / rows_per_block)
        return Servo(
            target_ms=self._job.policy.batch_target_ms,
            size=max(1, min(wanted, LARGEST_BATCH_BLOCKS)),
            largest=LARGEST_BATCH_BLOCKS,
        )

    def begin(self, connection: psycopg.Connection, record: Record) -> None:
        """Do nothing: the journal row itself holds the range."""

    def open_more(self, connection: psycopg.Connection, record: Record) -> bool:
        now = self._job.clock.now()
        if self._opened_at is not None:
            timeout_s = self._target.checkpoint_timeout_s
            fits = fitting(self._window_blocks, took_s=now - self._opened_at, checkpoint_timeout_s=timeout_s)
            self._window_blocks = min(fits, self._most_blocks)
        self._opened_at = now
        return windows.cut(connection, record, blocks=self._window_blocks, windows=self._open_windows)

    def batch(self, window: Window, size: int) -> Batch:
        assert window.next_block is not None
        assert window.end_block is not None
        end = min(window.next_block + size, window.end_block)
        stripe_done = end == window.end_block
        stripes_done = window.stripes_done + stripe_done
        advance = Advance(
            next_block=window.first_block if stripe_done else end,
            stripes_done=stripes_done,
            turns=stripe_done,
            finished=stripes_done == self._job.step.stripes,
        )
        return Batch(
            window=window,
            units=end - window.next_block,
            low=(_tid(window.next_block),),
            high=(_tid(end),),
            advance=advance,
        )

    def statement(self, batch: Batch) -> tuple[str, list[object]]:
        assert batch.low is not None
        step = self._job.step
        stripe = [*batch.low, *batch.high, batch.window.stripes_done]
        if step.update_again is None:
            return step.update, stripe
        if batch.window.pass_number > 1:
            return step.update_again, stripe
        return step.update, [*stripe, batch.window.start_xid]

    def rows(self, batch: Batch) -> Rows:
        assert batch.low is not None
        return Rows(condition=sql.SQL("ctid >= $1::tid AND ctid < $2::tid"), parameters=(*batch.low, *batch.high))

    def places(self, batch: Batch) -> list[Place | None]:
        rows = self.rows(batch)
        select = sql.SQL("SELECT ctid::text FROM {} AS t WHERE {} ORDER BY t.ctid").format(self._table, rows.condition)
        with self._session.transaction() as cursor:
            tids = cursor.execute(select, rows.parameters).fetchall()
        return [*(tuple(tid) for tid in tids), batch.high]

    def key(self, low: Place | None, high: Place) -> dict[str, str]:
        assert low is not None
        columns = self._job.step.key or tuple(self._target.primary_key)
        if not columns:
            return {"ctid": low[0]}
        texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
        select = sql.SQL("SELECT {} FROM {} WHERE ctid = $1::tid").format(texts, self._table)
        with self._session.transaction() as cursor:
            found = cursor.execute(select, low).fetchone()
        return dict(zip(columns, found, strict=True)) if found else {"ctid": low[0]}

    def fraction(self, record: Record, tally: Tally) -> float:
        return tally.block_stripes / (record.end_block * self._job.step.stripes) if record.end_block else 1.0

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier(self._job.step.table.schema, self._job.step.table.name)


def fitting(blocks: int, *, took_s: float, checkpoint_timeout_s: float) -> int:
    """Return the size of windows that are done within a quarter of the time between checkpoints.

    After each checkpoint the first change of a page writes it whole to the WAL. Twice the size of before at most.

    Args:
        blocks: the size of the windows before.
        took_s: from when they were opened until there was need for more.
    """
    return max(1, min(GROWTH * blocks, int(blocks * checkpoint_timeout_s / 4 / max(took_s, 1.0))))


def _tid(block: int) -> str:
    return f"({block},0)"
