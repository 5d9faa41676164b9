"""An unfinished deploy meets a database that plain Alembic may have moved meanwhile."""

import psycopg
from psycopg import sql

from online_migrate.errors import DatabaseMoved
from online_migrate.execution import journal, locks
from online_migrate.execution.engine import Engine
from online_migrate.execution.journal import DeployRecord
from online_migrate.execution.locks import Transaction, Tries
from online_migrate.execution.queries import query
from online_migrate.execution.versions import IsAncestor, heads, includes, moves_version
from online_migrate.plan.model import Plan
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.plan.steps import Ddl, RunRevision

DROP = {
    "trigger": sql.SQL("DROP TRIGGER {object} ON {table}"),
    "constraint": sql.SQL("ALTER TABLE {table} DROP CONSTRAINT {object}"),
    "column": sql.SQL("ALTER TABLE {table} DROP COLUMN {object}"),
}


def is_superseded(connection: psycopg.Connection, record: DeployRecord, plan: Plan, *, is_ancestor: IsAncestor) -> bool:
    """Return whether plain Alembic has already done what an unfinished deploy was to do.

    Raises:
        DatabaseMoved: the database went back, or elsewhere; nothing can be concluded from that.
    """
    if plan.version_table is None:
        return False
    table = plan.version_table.name
    found = heads(connection, table)
    if set(found) == set(plan.current) and set(plan.current) != set(plan.target):
        return False
    states = {step.step_id: step.state for step in journal.steps(connection, record.id)}
    listed = [step for phase in plan.phases for step in phase.steps]
    if includes(plan.target, found, is_ancestor) if plan.downgrade else includes(found, plan.target, is_ancestor):
        ours = [step for step in listed if moves_version(step, table)]
        return any(states.get(step.id) not in ("done", "undone") for step in ours)
    # A revision that runs as Python, and a split stamp, move the version in between.
    low, high = (plan.target, plan.current) if plan.downgrade else (plan.current, plan.target)
    on_the_way = includes(found, low, is_ancestor) and includes(high, found, is_ancestor)
    if on_the_way and any(isinstance(step, RunRevision) for step in listed):
        return False
    raise DatabaseMoved(
        f"Deploy {record.id} goes from {', '.join(plan.current) or 'no revision'} to "
        f"{', '.join(plan.target) or 'no revision'}, but the database is now at {', '.join(found) or 'no revision'}.",
        hint="Bring it back to where the deploy began with Alembic, or undo the deploy with `online-migrate abort`.",
    )


def supersede(engine: Engine, plan: Plan) -> None:
    """Remove our triggers, temporary constraints and second columns from the plan's tables and close the deploy.

    Takes ACCESS EXCLUSIVE on each such table, one short transaction each under the lock policy.
    """
    with engine.database.connect("leftovers") as connection:
        tables = plan.relations
        values = {"schemas": [t.schema for t in tables], "names": [t.name for t in tables]}
        leftovers = connection.execute(query("fill_leftovers"), values).fetchall()
        for table in sorted({RelationName(schema, name) for schema, name, _, _ in leftovers}):
            objects = [(kind, name) for schema, relation, kind, name in leftovers if (schema, relation) == _pair(table)]
            _drop(engine, table, objects)
        engine.move(connection, "superseded", "migrate")


def _drop(engine: Engine, table: RelationName, objects: list[tuple[str, str]]) -> None:
    where = sql.Identifier(*_pair(table))
    texts = [DROP[kind].format(table=where, object=sql.Identifier(name)) for kind, name in objects]
    step = Ddl(
        id=f"{table}:leftovers",
        operation=None,
        purpose="remove what the superseded deploy left",
        sql=tuple(text.as_string(None) for text in texts),
        locks=(Lock(table, LockMode.ACCESS_EXCLUSIVE),),
    )

    def body(connection: psycopg.Connection, _: Tries) -> None:
        engine.journal.fence(connection)
        for statement in step.sql:
            connection.execute(statement.encode())

    def gone(connection: psycopg.Connection) -> bool:
        values = {"schemas": [table.schema], "names": [table.name]}
        return not connection.execute(query("fill_leftovers"), values).fetchall()

    limit = engine.policy.statement_timeout_ms
    transaction = Transaction(step=step, locks=step.locks, statement_timeout_ms=limit, body=body, settled=gone)
    locks.run(engine, transaction, Tries())


def _pair(table: RelationName) -> tuple[str, str]:
    return table.schema, table.name
