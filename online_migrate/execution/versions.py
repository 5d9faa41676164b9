"""Where the database is by Alembic's own table, which is the truth about revisions, whatever the journal says."""

from collections.abc import Callable, Iterable

import psycopg
from psycopg import sql

from online_migrate.plan.model import Plan
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Step

IsAncestor = Callable[[str, str], bool]
"""Whether the first revision is an ancestor of the second, or the same."""


def heads(connection: psycopg.Connection, table: RelationName) -> tuple[str, ...]:
    """Return the revisions in a version table, sorted; none where it does not exist."""
    there = connection.execute(
        b"SELECT to_regclass(format('%%I.%%I', %s::text, %s::text)) IS NOT NULL", (table.schema, table.name)
    ).fetchone()
    if there is None or not there[0]:
        return ()
    rows = connection.execute(
        sql.SQL("SELECT version_num::text FROM {}").format(sql.Identifier(table.schema, table.name))
    ).fetchall()
    return tuple(sorted(row[0] for row in rows))


def includes(found: Iterable[str], wanted: Iterable[str], is_ancestor: IsAncestor) -> bool:
    """Return whether a database at `found` has every revision of `wanted`."""
    listed = tuple(found)
    return all(any(w == f or is_ancestor(w, f) for f in listed) for w in wanted)


def stands(found: Iterable[str], plan: Plan, is_ancestor: IsAncestor) -> bool:
    """Return whether a database at `found` has every revision that a plan brought, and none that it took back.

    Only revisions with operations count, where there are any; a plan that belongs to no revision stands anywhere.
    """
    listed = set(found)
    if plan.version_table is None or listed == set(plan.target):
        return True
    if not plan.revisions:
        return includes(listed, plan.target, is_ancestor)
    return all(includes(listed, (revision,), is_ancestor) is not plan.downgrade for revision in plan.revisions)


def moves_version(step: Step, table: RelationName) -> bool:
    """Return whether a step of the engine's own moves the version table (created in it, the table is no lock)."""
    return step.operation is None and (
        any(lock.relation == table for lock in step.locks) or step.id.startswith("alembic_version:")
    )
