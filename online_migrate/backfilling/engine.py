"""Run a backfill step to its proven end, or help another process that does."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psycopg

from online_migrate.backfilling import bad_rows, journal, target
from online_migrate.backfilling.crew import MakeMethod, walk_to_end
from online_migrate.backfilling.failures import exhausted
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.keyset import Keyset
from online_migrate.backfilling.leaves import attached_since
from online_migrate.backfilling.ledger import Ledger
from online_migrate.backfilling.method import Method
from online_migrate.backfilling.monitor import Monitor
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.stripes import Stripes
from online_migrate.backfilling.target import Target
from online_migrate.backfilling.whole import Whole
from online_migrate.errors import BackfillRefused, LeaseLost, OnlineMigrateError, RowsLeft, StatementFailed, Stopped
from online_migrate.plan.steps import Backfill

PASSES = 3
DATA_ERRORS = ("22", "23")
"""Classes of SQLSTATE of a value that does not fit."""

MakeMethodFor = Callable[[Job, Session, Target], Method]
"""Makes one worker's way of walking the table where it is not one that the step names."""


def run(job: Job, make_method: MakeMethodFor | None = None) -> int:
    """Change every row of the step and return how many were changed, over all runs of this deploy.

    Killed at any moment, the same call carries on where the journal stands: rows and progress commit
    together, and whoever calls it fences out the one before. A step that is done returns at once.
    Where the step has `remaining`, it counts 0 when this returns, or only rows that the policy lets it skip.
    Leaves that were attached to the step's `root` since it was planned are walked after it. Locks rows of one batch
    at a time (of all for "whole") and ROW EXCLUSIVE on the table. The journal tables must be installed.

    Raises:
        BackfillRefused: the argument that no row is missed does not hold; nothing was changed.
        Stopped, LeaseLost, LocksNotAvailable, ServerExhausted, ConnectionLost: call it again to carry on.
        BadRow, StatementFailed, BeforeImageInexact, RowsLeft: a person is needed first.
    """
    make = make_method or _method
    rows = _run(job, make)
    walked: set[str] = set()
    # Another may be attached while one is walked.
    while later := [leaf for leaf in _attached_since(job) if leaf.id not in walked]:
        rows += sum(_run(replace(job, step=leaf), make) for leaf in later)
        walked.update(leaf.id for leaf in later)
    return rows


def _run(job: Job, make: MakeMethodFor) -> int:
    """Change every row of one table."""
    with Session(job) as session:
        facts = session.patiently(lambda: read_facts(job, session))
        target.refuse(job.step, facts)
        method = make(job, session, facts)
        record = session.patiently(lambda: take_over(job, session, facts, method))
        if record.state == "done":
            return session.patiently(lambda: journal.rows_done(session.connection, record.id))
        ledger = session.patiently(lambda: Ledger(job, session, method, record))

        def with_facts(job: Job, own: Session) -> Method:
            return make(job, own, facts)

        try:
            with Monitor(job, record, workers=job.policy.workers) as monitor:
                return _watched(job, monitor, lambda job: _to_proven_end(job, session, ledger, with_facts))
        except OnlineMigrateError as error:
            _note(session, record, error)
            raise


def _watched(job: Job, monitor: Monitor, work: Callable[[Job], int]) -> int:
    """Work, but not hold for rulings that the server has no room for."""
    try:
        return work(replace(job, should_stop=lambda: monitor.refusal is not None or job.should_stop()))
    except Stopped:
        if monitor.refusal is None:
            raise
        raise exhausted(monitor.refusal) from monitor.refusal


def _attached_since(job: Job) -> tuple[Backfill, ...]:
    with Session(job) as session:
        return session.patiently(lambda: attached_since(session.connection, job.step))


def join(job: Job) -> None:
    """Help a backfill that another process runs, until no part of its range is left or that process ends the walk.

    What is not being walked at this moment, or cannot be shared ("whole"), is left alone. The coordinator does the
    rest: it counts, begins anew, proves the end. Locks as `run`.

    Raises:
        What `run` raises of a walk.
    """
    step = job.step
    with Session(job) as session:
        record = session.patiently(lambda: journal.find(session.connection, job.deploy_id, step.id))
        if record is None or record.state != "running" or step.method == "whole" or step.function is not None:
            return
        facts = session.patiently(lambda: read_facts(job, session))
        target.refuse(step, facts)
        method = _method(job, session, facts)
        ledger = session.patiently(lambda: Ledger(job, session, method, record, leads=False))
        walk_to_end(job, ledger, lambda job, own: _method(job, own, facts))


def _method(job: Job, session: Session, facts: Target) -> Method:
    match job.step.method:
        case "stripes":
            return Stripes(job, session, facts)
        case "keyset":
            return Keyset(job, session)
        case "whole":
            return Whole(job, session)


def read_facts(job: Job, session: Session) -> Target:
    """Read what the step's table is now."""
    # In a transaction for its lock_timeout: to read a table's size waits behind whoever locks it.
    with session.transaction() as cursor:
        return target.read(cursor.connection, job.step.table)


def take_over(job: Job, session: Session, facts: Target, method: Method | None) -> Record:
    """Make the step's journal row or take it over; with a method, to walk it: then the range is fixed at the start."""
    with session.transaction() as cursor:
        record = journal.take_over(cursor.connection, job, facts)
        if method is not None and record.epoch == 1:
            method.begin(cursor.connection, record)
    if method is not None and record.state == "undoing":
        raise BackfillRefused(
            f"{job.step.id} is being undone.", hint="Run `online-migrate abort` to its end, then deploy again."
        )
    return record


def _to_proven_end(job: Job, session: Session, ledger: Ledger, make_method: MakeMethod) -> int:
    """Walk, count what remains, and walk again while there is more than was left out on purpose."""
    for left_passes in reversed(range(PASSES)):
        before = ledger.rows_done
        walk_to_end(job, ledger, make_method)
        _write_state(session, ledger.record, "verifying")
        # A trigger that was disabled on the way is found here.
        target.refuse(job.step, session.patiently(lambda: read_facts(job, session)))
        session.patiently(lambda: ledger.count(session))
        remaining = _remaining(job, session, ledger, idle=ledger.rows_done == before)
        if not remaining:
            _write_state(session, ledger.record, "done")
            return ledger.rows_done
        if left_passes:
            session.patiently(lambda: ledger.restart(session))
    raise RowsLeft(
        f"{job.step.id}: after {PASSES} passes {remaining} rows of {job.step.table} are still to change.",
        hint="Something writes them so: look for writers that bypass the fill trigger. Then run the command again.",
    )


def _remaining(job: Job, session: Session, ledger: Ledger, *, idle: bool) -> int:
    """Return how many rows are still to change, without those that were skipped.

    A skipped row may be one that the count itself fails on; then a pass that found nothing else to change (`idle`)
    is the proof.
    """
    if job.step.remaining is None:
        return 0
    skipped = session.patiently(lambda: bad_rows.count_skipped(session.connection, ledger.record.id))
    try:
        return max(0, session.patiently(lambda: _count(job, session)) - skipped)
    except StatementFailed as error:
        if not skipped or error.sqlstate[:2] not in DATA_ERRORS:
            raise
        return 0 if idle else skipped


def _count(job: Job, session: Session) -> int:
    assert job.step.remaining is not None
    with session.transaction(statement_timeout_ms=0) as cursor:
        found = cursor.execute(job.step.remaining.encode()).fetchone()
        assert found is not None
        return int(found[0])


def _write_state(session: Session, record: Record, state: str) -> None:
    if not session.patiently(lambda: journal.set_state(session.connection, record, state)):
        raise LeaseLost


def _note(session: Session, record: Record, error: OnlineMigrateError) -> None:
    """Write down for `status` why the work stopped; the error itself matters more than this note."""
    with suppress(psycopg.Error, OnlineMigrateError):
        journal.set_state(session.connection, record, "stopped", error.message)
