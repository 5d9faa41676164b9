"""Put back what a backfill step changed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from psycopg import Connection, RawCursor

from online_migrate.backfilling import images, journal, target
from online_migrate.backfilling.engine import take_over
from online_migrate.backfilling.job import Job
from online_migrate.backfilling.journal import Record
from online_migrate.backfilling.leaves import attached_since
from online_migrate.backfilling.queries import query
from online_migrate.backfilling.servo import Servo
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.target import Target
from online_migrate.errors import BackfillRefused, DatabaseMoved
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Backfill


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What came of undoing a backfill.

    Attributes:
        left_alone: how many rows were not put back, because they were changed or deleted since.
        gone: the tables that somebody has dropped.
    """

    left_alone: int = 0
    gone: tuple[str, ...] = ()


def undo(job: Job) -> Undone:
    """Put before-images back; where the table was dropped there is nothing to put them back into.

    Fences out a run that is under way. Killed at any moment, the same call carries on (it counts what
    it sees itself). Afterwards the journal knows nothing of the step. A step that keeps no
    before-images is only forgotten.

    Raises:
        LeaseLost, LocksNotAvailable, ServerExhausted, ConnectionLost: call it again to carry on.
        StatementFailed: an old value cannot be put back; those before are.
        BackfillRefused, DatabaseMoved: a column or the table has another name, or the column is gone; the old values
            stay in the journal.
    """
    with Session(job) as session:
        later = session.patiently(lambda: attached_since(session.connection, job.step))
    undone = [_undo(replace(job, step=step)) for step in (*later, job.step)]
    return Undone(
        left_alone=sum(one.left_alone for one in undone),
        gone=tuple(words for one in undone for words in one.gone),
    )


def _undo(job: Job) -> Undone:
    """Undo one table."""
    step = job.step
    with Session(job) as session:
        found = session.patiently(lambda: journal.find(session.connection, job.deploy_id, step.id))
        if found is None:
            return Undone()
        facts = session.patiently(lambda: _find_facts(job, session))
        if facts is None:
            session.patiently(lambda: refuse_renamed(session.connection, job.deploy_id, (step.table,)))
            session.patiently(lambda: journal.forget(session.connection, found))
            return Undone(gone=(f"table {step.table}",))
        record = session.patiently(lambda: take_over(job, session, facts, None))
        session.patiently(lambda: journal.set_state(session.connection, record, "undoing"))
        if step.keeps_before_image:
            _refuse_lost_columns(step, facts)
        left_alone = _restore_all(job, session, record) if step.keeps_before_image else 0
        session.patiently(lambda: journal.forget(session.connection, record))
        return Undone(left_alone=left_alone)


def refuse_renamed(connection: Connection, deploy_id: int, tables: Iterable[RelationName]) -> None:
    """Refuse where a table that the deploy has walked is not gone: it has another name.

    Raises:
        DatabaseMoved: says which.
    """
    names = sorted(set(tables))
    schemas = [table.schema for table in names]
    parameters = [deploy_id, schemas, [table.name for table in names], [str(table) for table in names]]
    with RawCursor(connection) as cursor:
        found = cursor.execute(query("renamed"), parameters).fetchone()
    if found is not None:
        table, schema, name = found
        raise DatabaseMoved(
            f"{table} is now {RelationName(schema, name)}.",
            hint="Give it its name back until `online-migrate abort` has run again to its end.",
        )


def _refuse_lost_columns(step: Backfill, facts: Target) -> None:
    lost = [column for column in (*step.key, *step.columns, *step.beside) if not facts.has(column)]
    if lost:
        raise BackfillRefused(
            f"{step.id}: old values are to be put back, and {step.table} has no column {', '.join(lost)} any more.",
            hint="If it was renamed, give it its name back; if it was dropped, add it again. Then run "
            "`online-migrate abort` again.",
        )


def _find_facts(job: Job, session: Session) -> Target | None:
    # In a transaction for its lock_timeout: to read a table's size waits behind whoever locks it.
    with session.transaction() as cursor:
        return target.find(cursor.connection, job.step.table)


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
