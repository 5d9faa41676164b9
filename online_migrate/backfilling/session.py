"""The connections of one worker, its short transactions, and what it does when they fail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from online_migrate.backfilling import failures
from online_migrate.backfilling.failures import Reaction, reaction
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.lookout import Lookout
from online_migrate.backfilling.queries import query
from online_migrate.errors import (
    ConnectionLost,
    LocksNotAvailable,
    ResumableError,
    ServerNotReady,
    ServerUnreachable,
    StatementFailed,
    Stopped,
    TooManyConnections,
)
from online_migrate.events import Retrying
from online_migrate.plan.steps import OWN_WRITES

T = TypeVar("T")

RETRIES = 8
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 5.0
RECONNECT_S = 120
CANCEL_S = 5.0
_MAY_COME_BACK = (ServerUnreachable, ServerNotReady, TooManyConnections)


class Session:
    """Two connections, opened when first used and opened again when they break.

    Nothing is ever set outside a transaction, so that a pooler may stand between.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._open: dict[str, psycopg.Connection] = {}
        self._lookout = Lookout(job)
        self.broken = 0
        """How often the connections broke and were made again."""

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connection(self) -> psycopg.Connection:
        """The connection that changes rows."""
        return self._connected("backfill")

    @property
    def witness(self) -> psycopg.Connection:
        """A second connection: sees what is committed while the first one holds its rows."""
        return self._connected("backfill before-images")

    def _connected(self, purpose: str) -> psycopg.Connection:
        if purpose not in self._open:
            connection = self._job.database.connect(purpose)
            # Never SERIALIZABLE, whatever the database's default: TID range scans take no predicate locks.
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.read_only = False
            self._open[purpose] = connection
        return self._open[purpose]

    def cancel(self) -> None:
        """Cancel what runs now; called from another thread than the one that works."""
        for connection in tuple(self._open.values()):
            connection.cancel_safe(timeout=CANCEL_S)

    def close(self) -> None:
        """Close the connections; open transactions are rolled back."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()
        self._lookout.close()

    @contextmanager
    def transaction(
        self,
        connection: psycopg.Connection | None = None,
        *,
        statement_timeout_ms: int | None = None,
        opening: tuple[bytes, Sequence[object]] | None = None,
    ) -> Iterator[psycopg.RawCursor[Any]]:
        """Open a READ COMMITTED transaction under the lock budget, with the step's search_path.

        Args:
            connection: the one to use, by default that which changes rows.
            statement_timeout_ms: limit of each statement, by default the policy's; 0 is none.
            opening: a statement with its parameters that is sent along with the beginning, which saves a round
                trip; the cursor has its result.
        """
        policy = self._job.policy
        limit = policy.statement_timeout_ms if statement_timeout_ms is None else statement_timeout_ms
        path = sql.SQL(", ").join(map(sql.Identifier, self._job.step.search_path)).as_string()
        used = connection or self.connection
        with ExitStack() as stack:
            with used.pipeline():
                # Not used.transaction(): begun here, that would keep the pipeline open to its end.
                stack.enter_context(psycopg.Transaction(used))
                cursor = stack.enter_context(psycopg.RawCursor(used))
                cursor.execute(query("settings"), [str(policy.lock_budget_ms), str(limit), path, OWN_WRITES])
                if self._job.step.silent:
                    cursor.execute(query("silence"))
                if opening is not None:
                    cursor.execute(*opening)
            yield cursor

    def steadily(self, work: Callable[[], T]) -> T:
        """Run a unit of work that commits whole or not at all, again and again until it succeeds.

        `work` must look at the journal for where it stands: after a broken connection nobody knows
        whether the last commit happened.

        Raises:
            psycopg.Error: smaller pieces may help (locks, time limit), or a row's value is at fault.
            LocksNotAvailable: somebody has been in the way for all the time there is.
            ServerExhausted, ConnectionLost, StatementFailed: nothing here helps.
        """
        attempt = 0
        while True:
            try:
                with self._lookout.watching():
                    done = work()
            except psycopg.Error as error:
                attempt += 1
                self._lookout.blocked(error)
                self._react(error, attempt)
            else:
                self._lookout.free()
                return done

    def patiently(self, work: Callable[[], T]) -> T:
        """Run a unit of work that cannot be cut smaller, until the time for locks is over.

        Raises:
            Stopped, LocksNotAvailable, ServerExhausted, ConnectionLost, StatementFailed.
        """
        clock = self._job.clock
        deadline = clock.now() + self._job.policy.lock_total_s
        while True:
            try:
                return self.steadily(work)
            except psycopg.Error as error:
                if reaction(error) is Reaction.BISECT:
                    raise self._failed(error) from error
                if clock.now() > deadline:
                    raise self.given_up(error) from error
                if self._job.should_stop():
                    raise Stopped from error
                self.pause(error, RETRIES)

    def given_up(self, error: psycopg.Error) -> LocksNotAvailable:
        """Return the error that says that the time for locks is over, and who is in the way."""
        return self._lookout.given_up(error)

    def _failed(self, error: psycopg.Error) -> StatementFailed:
        return StatementFailed(
            f"{self._job.step.id}: {failures.words(error)} ({error.sqlstate})",
            sqlstate=error.sqlstate or "",
            hint="The batches before are kept. Once it is mended, the same command carries on; or undo the deploy with "
            "`online-migrate abort`.",
        )

    def _react(self, error: psycopg.Error, attempt: int) -> None:
        """Prepare for another try, or raise."""
        match reaction(error):
            case Reaction.RETRY if attempt <= RETRIES:
                self.pause(error, attempt)
            case Reaction.RETRY | Reaction.SPLIT | Reaction.BISECT:
                raise error
            case Reaction.RECONNECT if attempt <= RETRIES:
                self._reconnect()
            case Reaction.RECONNECT:
                raise ConnectionLost(
                    f"The connection broke {attempt} times in a row: {failures.words(error)}",
                    hint="See the server's log for the reason; run the same command again to carry on.",
                ) from error
            case Reaction.EXHAUSTED:
                raise failures.exhausted(error) from error
            case Reaction.STOP:
                raise self._failed(error) from error

    def pause(self, error: psycopg.Error, attempt: int) -> None:
        """Wait before another try: full jitter, up to 50 ms doubled with each try and never over 5 s."""
        clock = self._job.clock
        wait = clock.jitter(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt))
        self._job.observer(Retrying(step=self._job.step, sqlstate=error.sqlstate or "", attempt=attempt, wait_s=wait))
        clock.sleep(wait)

    def _reconnect(self) -> None:
        clock = self._job.clock
        self.close()
        self.broken += 1
        deadline, wait = clock.now() + RECONNECT_S, FIRST_WAIT_S
        while True:
            if self._job.should_stop():
                raise Stopped
            clock.sleep(clock.jitter(wait / 2, wait))
            try:
                self.connection.execute("SELECT")
            except (*_MAY_COME_BACK, psycopg.OperationalError) as error:
                self.close()
                if clock.now() > deadline:
                    raise _lost(error) from error
            else:
                return
            wait = min(LONGEST_WAIT_S, wait * 2)


def _lost(error: Exception) -> ResumableError:
    return ConnectionLost(
        f"The connection broke and could not be made again in {RECONNECT_S} s: {error}",
        hint="Run the same command again when the server answers; it carries on.",
    )
