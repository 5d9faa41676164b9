"""Any order of batches, kills, ended leases, new coordinators and writers: no row missed, none changed twice."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from psycopg import RawCursor

from online_migrate.backfilling import engine, journal, schema, target
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.keyset import Keyset
from online_migrate.backfilling.ledger import Ledger
from online_migrate.backfilling.method import Batch, Method
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.stripes import Stripes
from online_migrate.backfilling.walk import Walk, _Superseded
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import ignore
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import FILL, ITEMS, Hasty, keyset, stripes

ROWS = 400
WORKERS = 3
POLICY = Policy(batch_rows=40, batch_rows_max=80, workers=WORKERS, lock_budget_ms=50)
OTHERS = 1_000_000
"""What writers add to n, so that the rest tells how often we added 1."""

INSERT = f"INSERT INTO items (n, pad) SELECT i, repeat('x', 200) FROM generate_series(1, {ROWS}) i"

a_worker = st.integers(0, WORKERS - 1)
a_row = st.integers(1, ROWS + 40)


class Killed(BaseException):
    """Nothing in the code under test may catch it."""


class Interrupted(Method):
    """There is a moment between the change of the rows and their commit."""

    between: Callable[[], object] = staticmethod(lambda: None)

    def change(self, cursor: RawCursor[Any], batch: Batch) -> int:
        rows = super().change(cursor, batch)
        self.between()
        return rows


class InterruptedKeyset(Interrupted, Keyset):
    """By key."""


class InterruptedStripes(Interrupted, Stripes):
    """By pages."""


class Worker:
    """One worker whose batches can be interrupted."""

    def __init__(self, job: Job, backfill: Record, name: str) -> None:
        self.session = Session(job)
        self._method = _method(job, self.session)
        ledger = Ledger(job, self.session, self._method, backfill, leads=False)
        self._walk = Walk(job, self.session, self._method, ledger, worker=name)

    def batch(self, between: Callable[[], object] = lambda: None) -> None:
        """Run what `Walk.to_end` runs once."""
        self._method.between = between
        try:
            self._walk._run_next()
        except _Superseded:
            self._walk._look()


def _method(job: Job, session: Session) -> InterruptedKeyset | InterruptedStripes:
    if job.step.method == "keyset":
        return InterruptedKeyset(job, session)
    with session.transaction() as cursor:
        return InterruptedStripes(job, session, target.read(cursor.connection, job.step.table))


class Life(RuleBasedStateMachine):
    """A backfill of a small table; whatever happened, the next run of the command ends it right."""

    url: str
    connection: psycopg.Connection
    step: Backfill

    @initialize()
    def begin(self) -> None:
        self.connection.execute("DROP TABLE IF EXISTS items; DROP FUNCTION IF EXISTS fill; ")
        self.connection.execute("DELETE FROM online_migrate.backfill")
        self.connection.execute(ITEMS)
        self.connection.execute(
            f"INSERT INTO items (n, pad) SELECT i, repeat('x', 200) FROM generate_series(1, {ROWS}) i"
        )
        self.connection.execute(FILL)
        self.connection.execute("ANALYZE items")
        self.job = Job(
            step=self.step,
            database=Database(self.url),
            deploy_id=1,
            policy=POLICY,
            clock=Hasty(),
            observer=ignore,
            should_stop=lambda: False,
        )
        self.frozen: list[Worker] = []
        self.backfill = self._coordinate()
        self.workers = [self._new(number) for number in range(WORKERS)]
        self.named = WORKERS

    def _coordinate(self) -> Record:
        """Begin, or take over from the coordinator before."""
        with Session(self.job) as session:
            method = _method(self.job, session)
            with session.transaction() as cursor:
                facts = target.read(cursor.connection, self.step.table)
                record = journal.take_over(cursor.connection, self.job, facts)
                if record.epoch == 1:
                    method.begin(cursor.connection, record)
        return record

    def _new(self, number: int) -> Worker:
        return Worker(self.job, self.backfill, f"worker {number}")

    def _end_leases(self) -> None:
        self.connection.execute(
            "UPDATE online_migrate.backfill_window SET lease_until = '-infinity' WHERE worker IS NOT NULL"
        )

    @rule(number=a_worker)
    def a_batch(self, number: int) -> None:
        self.workers[number].batch()

    @rule(number=a_worker)
    def a_worker_is_killed_in_a_batch(self, number: int) -> None:
        def kill() -> None:
            raise Killed

        worker = self.workers[number]
        try:
            worker.batch(kill)
        except Killed:
            worker.session.close()
            self._replace(number)

    @rule(number=a_worker)
    def a_worker_freezes(self, number: int) -> None:
        """It comes back later, and believes that its window is still its own."""
        self.frozen.append(self.workers[number])
        self._replace(number)

    def _replace(self, number: int) -> None:
        self.workers[number] = self._new(self.named)
        self.named += 1

    @precondition(lambda self: self.frozen)
    @rule()
    def a_frozen_worker_wakes_up(self) -> None:
        worker = self.frozen.pop(0)
        worker.batch()
        worker.session.close()

    @rule()
    def leases_end(self) -> None:
        self._end_leases()

    @rule(number=a_worker, row=a_row)
    def a_writer_comes_in_the_middle_of_a_batch(self, number: int, row: int) -> None:
        self.workers[number].batch(lambda: self._write("UPDATE items SET n = n + %(more)s WHERE id = %(id)s", row))

    @rule()
    def another_coordinator_takes_over(self) -> None:
        self.backfill = self._coordinate()

    @rule(row=a_row)
    def update(self, row: int) -> None:
        self._write("UPDATE items SET n = n + %(more)s WHERE id = %(id)s", row)

    @rule(row=a_row)
    def make_wide(self, row: int) -> None:
        """It moves to another page."""
        self._write("UPDATE items SET pad = repeat('y', 3000) WHERE id = %(id)s", row)

    @rule(row=a_row)
    def delete(self, row: int) -> None:
        self._write("DELETE FROM items WHERE id = %(id)s", row)

    @rule()
    def insert(self) -> None:
        self._write("INSERT INTO items (n, pad) VALUES (0, 'new')", 0)

    def _write(self, statement: str, row: int) -> None:
        try:
            self.connection.execute(statement.encode(), {"id": row, "more": OTHERS})
        except psycopg.errors.LockNotAvailable:
            return  # the open batch keeps the row; a writer would wait for its end

    def teardown(self) -> None:
        if not hasattr(self, "workers"):
            return
        for worker in (*self.workers, *self.frozen):
            worker.session.close()
        engine.run(
            self.step,
            database=Database(self.url),
            deploy_id=1,
            policy=POLICY,
            clock=SystemClock(),
            observer=ignore,
            should_stop=lambda: False,
        )
        assert self._count("total IS DISTINCT FROM n * 2") == 0
        if self.step.method == "keyset":
            assert self._count(f"id <= {ROWS} AND n %% {OTHERS} <> id + 1") == 0
            assert self._count(f"id > {ROWS} AND n %% {OTHERS} NOT IN (0, 1)") == 0

    def _count(self, condition: str) -> int:
        found = self.connection.execute(f"SELECT count(*) FROM items WHERE {condition}".encode(), {}).fetchone()
        assert found is not None
        return int(found[0])


@pytest.fixture
def life(database: str, connection: psycopg.Connection) -> type[Life]:
    schema.install(connection)
    connection.execute("SET lock_timeout = '20ms'")
    Life.url, Life.connection = database, connection
    return Life


@pytest.mark.parametrize("step", [stripes(count=4), keyset()], ids=["stripes", "keyset"])
def test_whatever_happens_each_row_is_changed_once(life: type[Life], step: Backfill) -> None:
    life.step = step
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
