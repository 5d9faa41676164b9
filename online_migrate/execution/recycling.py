"""Ending idle sessions of the application whose prepared statements fail since a step, where that is ordered."""

from collections.abc import Sequence

from psycopg.rows import dict_row

from online_migrate.events import Recycled
from online_migrate.execution.engine import Engine
from online_migrate.execution.queries import query
from online_migrate.grammar.prepared import breaks_prepared
from online_migrate.plan.steps import RunRevision, Step

# So many at a time, so that the application does not connect anew with all of them in the same moment.
AT_ONCE = 10
PAUSE_S = 0.1
# How long the sessions at work are given to come to an idle moment.
PATIENCE_S = 5.0


def breaks(step: Step) -> bool:
    """Return whether what was prepared before the step may fail after it."""
    return not isinstance(step, RunRevision) and any(breaks_prepared(statement) for statement in step.sql)


def recycle(engine: Engine, steps: Sequence[Step]) -> None:
    """End, a few at a time, idle sessions that match the engine's pattern and are older than the last of the steps.

    Idle is out of any transaction, so that nothing of theirs is lost but the connection. It may be called again: a
    session that has connected since is younger. A fence keeps an engine that has lost its lease from ending anybody.

    Args:
        steps: done; those that break nothing are passed over.

    Raises:
        LeaseLost, Stopped, Cancelled.
    """
    breaking = [step for step in steps if breaks(step)] if engine.recycle is not None else []
    if not breaking:
        return
    values = {
        "pattern": engine.recycle,
        "deploy_id": engine.deploy_id,
        "step_ids": [step.id for step in breaking],
        "limit": AT_ONCE,
    }
    ended, deadline = 0, engine.clock.now() + PATIENCE_S
    with engine.database.connect("recycle") as connection:
        while True:
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                engine.journal.fence(connection)
                found = cursor.execute(query("recycle"), values).fetchone()
            assert found is not None  # an aggregate has one row
            ended += found["ended"]
            waits = found["at_work"] and engine.clock.now() < deadline
            if not found["idle"] and not waits:
                break
            engine.pause(PAUSE_S)
        told = {"ended": ended, "at_work": found["at_work"], "refused": found["refused"]}
        if any(told.values()):
            engine.journal.note(connection, engine.deploy_id, breaking[-1], "sessions_recycled", told)
            engine.observer(Recycled(step=breaking[-1], **told))
