"""The lock policy: look first, wait without queueing, then try briefly, back out whole, and try again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
import tenacity
from psycopg import errors as pg
from psycopg import sql

from online_migrate.errors import ConnectionLost, LocksNotAvailable, ResumableError
from online_migrate.events import Blocker, Retrying, Waiting
from online_migrate.execution import blockers, termination
from online_migrate.execution.engine import Engine
from online_migrate.execution.failures import GIVES_WAY, NO_SERVER, RUN_AGAIN, demoted, is_lost
from online_migrate.execution.queries import query
from online_migrate.plan.names import Lock, LockMode
from online_migrate.plan.steps import OWN_WRITES, Step

# The rest of the budget is for the statements: those who wait behind us wait for both.
ACQUIRE_SHARE = 0.8
# A frozen process must not keep its locks: the server ends a transaction that is left alone so long.
IDLE_MS = 5000
# A dead process must not keep its locks: the server notices the closed socket so soon.
CHECK_MS = 2000
BACKOFF_S = 0.1
BACKOFF_MAX_S = 5.0
POLL_MAX_S = 1.0

LOCK = {
    LockMode.SHARE_UPDATE_EXCLUSIVE: sql.SQL("LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE"),
    LockMode.SHARE: sql.SQL("LOCK TABLE ONLY {} IN SHARE MODE"),
    LockMode.SHARE_ROW_EXCLUSIVE: sql.SQL("LOCK TABLE ONLY {} IN SHARE ROW EXCLUSIVE MODE"),
    LockMode.EXCLUSIVE: sql.SQL("LOCK TABLE ONLY {} IN EXCLUSIVE MODE"),
    LockMode.ACCESS_EXCLUSIVE: sql.SQL("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE"),
}


@dataclass(slots=True, kw_only=True)
class Tries:
    """How a step got its locks; filled while it tries.

    Attributes:
        waited_s: spent waiting, queued or not, for locks.
        acquired_at: when the last try had its locks, by the engine's clock.
        held_s: how long they were held.
    """

    count: int = 0
    waited_s: float = 0.0
    acquired_at: float = 0.0
    held_s: float = 0.0
    blockers: dict[int, Blocker] = field(default_factory=dict)


Body = Callable[[psycopg.Connection, Tries], None]


class _Again(Exception):
    """A try was backed out whole; `giving_up` is raised where it was the last."""

    def __init__(self, sqlstate: str, giving_up: ResumableError) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate
        self.giving_up = giving_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One short transaction to run under the lock policy.

    Attributes:
        locks: what it needs; relations that do not exist yet are passed over.
        statement_timeout_ms: of each statement once the locks are there; 0 for none.
        body: the statements and the journal row.
        settled: asked on a new connection after one was lost: whether the transaction is committed.
    """

    step: Step
    locks: tuple[Lock, ...]
    statement_timeout_ms: int
    body: Body
    settled: Callable[[psycopg.Connection], bool]


def run(engine: Engine, transaction: Transaction, tries: Tries) -> None:
    """Commit a transaction without anybody waiting behind it for longer than the lock budget to get its locks.

    Tried again, whole, after 55P03, 40P01, 40001 and lost connections, until policy.lock_total_s; `tries` is
    filled on the way.

    Raises:
        LocksNotAvailable, ConnectionLost: the total is used up; nothing is done. Names the blockers.
        Stopped, LeaseLost: nothing is done.
        psycopg.Error: what a statement of the body raised; rolled back.
    """
    deadline = engine.clock.now() + engine.policy.lock_total_s

    def announce(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Again):
            wait_s = state.next_action.sleep if state.next_action else 0.0
            engine.observer(
                Retrying(step=transaction.step, sqlstate=error.sqlstate, attempt=tries.count, wait_s=wait_s)
            )

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Again),
        stop=lambda _: engine.clock.now() >= deadline,
        wait=lambda state: engine.clock.jitter(
            BACKOFF_S / 2, min(BACKOFF_S * 2.0 ** min(state.attempt_number - 1, 10), BACKOFF_MAX_S)
        ),
        sleep=engine.pause,
        before_sleep=announce,
        reraise=True,
    )
    try:
        retrying(_attempt, engine, transaction, tries, deadline)
    except _Again as last:
        raise last.giving_up from last.__cause__


def wait_until_free(
    engine: Engine,
    step: Step,
    connection: psycopg.Connection,
    look: Callable[[], tuple[Blocker, ...]],
    *,
    tries: Tries,
    deadline: float,
) -> tuple[Blocker, ...]:
    """Poll until nobody is in the way or the deadline is there, and return who still is.

    Nothing of ours is queued meanwhile. Who was in the way and how long it took is added to `tries`; who may be
    ended is, on the connection, which is in no transaction.
    """
    waited_before, started = tries.waited_s, engine.clock.now()
    pause_s = 0.05
    while found := look():
        tries.blockers |= {blocker.pid: blocker for blocker in found}
        left_s = deadline - engine.clock.now()
        engine.observer(Waiting(step=step, blockers=found, left_s=max(left_s, 0.0)))
        termination.end(engine, step, connection, found, waited_s=tries.waited_s)
        if left_s <= 0:
            break
        engine.pause(min(pause_s, left_s))
        pause_s = min(pause_s * 2, POLL_MAX_S)
        tries.waited_s = waited_before + engine.clock.now() - started
    return found


def _attempt(engine: Engine, transaction: Transaction, tries: Tries, deadline: float) -> None:
    engine.check()
    tries.count += 1
    step = transaction.step
    budget_s = engine.policy.lock_budget_ms / 1000
    try:
        connection = engine.database.connect("step")
    except NO_SERVER as error:
        raise _Again("08006", _lost(step, error.message)) from error
    with connection:
        try:
            if tries.count > 1 and transaction.settled(connection):
                return

            def look() -> tuple[Blocker, ...]:
                return blockers.of_locks(connection, transaction.locks, young_s=budget_s)

            if left := wait_until_free(engine, step, connection, look, tries=tries, deadline=deadline):
                raise _Again("55P03", _not_available(engine, step, left))
            _try(engine, transaction, tries, connection)
        except GIVES_WAY as error:
            found = blockers.of_locks(connection, transaction.locks, young_s=0.0)
            tries.blockers |= {blocker.pid: blocker for blocker in found}
            raise _Again(error.sqlstate or "", _not_available(engine, step, found)) from error
        except pg.ReadOnlySqlTransaction as error:
            raise _Again(error.sqlstate or "", demoted()) from error
        except psycopg.OperationalError as error:
            if not is_lost(connection):
                raise
            # Perhaps in COMMIT: the next try looks into the journal before anything else.
            raise _Again(error.sqlstate or "08006", _lost(step, str(error))) from error


def _try(engine: Engine, transaction: Transaction, tries: Tries, connection: psycopg.Connection) -> None:
    started = engine.clock.now()
    until = started + engine.policy.lock_budget_ms / 1000 * ACQUIRE_SHARE
    with connection.transaction():
        values = {
            "lock_timeout_ms": _left_ms(engine, until),
            "statement_timeout_ms": transaction.statement_timeout_ms,
            "idle_ms": IDLE_MS,
            "check_ms": CHECK_MS,
            "search_path": list(transaction.step.search_path) or None,
            "own_writes": OWN_WRITES,
        }
        connection.execute(query("settings"), values)
        try:
            _acquire(engine, connection, transaction.locks, until)
        finally:
            tries.acquired_at = engine.clock.now()
            tries.waited_s += tries.acquired_at - started
        transaction.body(connection, tries)
    tries.held_s = engine.clock.now() - tries.acquired_at


def _acquire(engine: Engine, connection: psycopg.Connection, locks: tuple[Lock, ...], until: float) -> None:
    """Lock the relations in one fixed order; what LOCK TABLE cannot lock, its statement will, in the time left."""
    weakest_first = sorted(locks, key=lambda lock: lock.mode.strength)
    strong = {lock.relation: lock.mode for lock in weakest_first if lock.mode in LOCK}
    values = {"schemas": [r.schema for r in strong], "names": [r.name for r in strong]}
    lockable = set(connection.execute(query("lockable"), values).fetchall()) if strong else set()
    for relation in sorted(r for r in strong if (r.schema, r.name) in lockable):
        connection.execute(query("lock_timeout"), {"lock_timeout_ms": _left_ms(engine, until)})
        connection.execute(LOCK[strong[relation]].format(sql.Identifier(relation.schema, relation.name)))
    connection.execute(query("lock_timeout"), {"lock_timeout_ms": _left_ms(engine, until)})


def _left_ms(engine: Engine, until: float) -> int:
    """Return the milliseconds left to wait for locks; never 0, which would mean for ever."""
    return max(1, round((until - engine.clock.now()) * 1000))


def _not_available(engine: Engine, step: Step, found: Iterable[Blocker]) -> LocksNotAvailable:
    listed = tuple(found)
    who = blockers.describe(listed) if listed else "transactions that came and went"
    return LocksNotAvailable(
        f"{step.id} ({step.purpose}) did not get its locks in {engine.policy.lock_total_s} s. In the way: {who}.",
        hint="End those sessions, or wait for them, then run the same command again.",
    )


def _lost(step: Step, what: str) -> ConnectionLost:
    return ConnectionLost(
        f"The connection to the server broke again and again at {step.id}: {what}",
        hint=RUN_AGAIN,
    )
