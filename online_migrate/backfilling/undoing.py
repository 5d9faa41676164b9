"""Put back what a backfill step changed."""

from dataclasses import replace

from online_migrate.backfilling import images, journal
from online_migrate.backfilling.engine import read_facts, take_over
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.leaves import attached_since
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.session import Session
from online_migrate.clock import Clock
from online_migrate.database import Database
from online_migrate.events import Observer, StepUndone
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy


def undo(
    step: Backfill,
    *,
    database: Database,
    deploy_id: int,
    policy: Policy,
    clock: Clock,
    observer: Observer,
) -> int:
    """Put before-images back and return how many rows could not be, because they were changed or deleted since.

    Fences out a run that is under way. Killed at any moment, the same call carries on (it counts what
    it sees itself). Afterwards the journal knows nothing of the step. A step that keeps no
    before-images is only forgotten.

    Raises:
        LeaseLost, LocksNotAvailable, ServerExhausted, ConnectionLost: call it again to carry on.
        StatementFailed: an old value cannot be put back; those before are.
    """
    job = Job(
        step=step,
        database=database,
        deploy_id=deploy_id,
        policy=policy,
        clock=clock,
        observer=observer,
        should_stop=lambda: False,
    )
    with Session(job) as session:
        later = session.patiently(lambda: attached_since(session.connection, step))
    left_alone = sum(_undo(replace(job, step=leaf)) or 0 for leaf in later)
    found = _undo(job)
    if found is None:
        return left_alone
    observer(StepUndone(step=step))
    return left_alone + found


def _undo(job: Job) -> int | None:
    """Undo one table; None where nothing of it is in the journal."""
    with Session(job) as session:
        found = session.patiently(lambda: journal.find(session.connection, job.deploy_id, job.step.id))
        if found is None:
            return None
        facts = session.patiently(lambda: read_facts(job, session))
        record = session.patiently(lambda: take_over(job, session, facts, None))
        session.patiently(lambda: journal.set_state(session.connection, record, "undoing"))
        left_alone = _restore_all(job, session, record) if job.step.keeps_before_image else 0
        session.patiently(lambda: journal.forget(session.connection, record))
        return left_alone


def _restore_all(job: Job, session: Session, record: Record) -> int:
    """Put back batch after batch; return how many rows were left alone."""
    left_alone = 0
    servo = Servo(target_ms=job.policy.batch_target_ms, size=job.policy.batch_rows, largest=job.policy.batch_rows_max)
    while True:

        def restore(most: int = servo.size) -> tuple[int, int]:
            with session.transaction() as cursor:
                return images.restore(job, cursor, record.id, most)

        started = job.clock.now()
        taken, restored = session.patiently(restore)
        if not taken:
            return left_alone
        left_alone += taken - restored
        servo = servo.after(ms=(job.clock.now() - started) * 1000, units=taken, rows=taken)
