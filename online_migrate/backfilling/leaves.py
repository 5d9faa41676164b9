"""Leaves that are attached to a partitioned table while its backfill runs: walked like those that were planned."""

from dataclasses import replace

import psycopg
from psycopg import RawCursor

from online_migrate.backfilling.queries import query
from online_migrate.grammar import parts
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Backfill


def attached_since(connection: psycopg.Connection, step: Backfill) -> tuple[Backfill, ...]:
    """Return a step for each leaf of the step's root that no step was planned for; none where it has no root.

    Takes ACCESS SHARE on the catalog only.
    """
    if step.root is None:
        return ()
    with RawCursor(connection) as cursor:
        found = cursor.execute(query("leaves"), [step.root.schema, step.root.name]).fetchall()
    leaves = (RelationName(schema, name) for schema, name in found)
    return tuple(_on(step, leaf) for leaf in leaves if leaf not in step.leaves)


def _on(step: Backfill, leaf: RelationName) -> Backfill:
    def moved(sql: str | None) -> str | None:
        return None if sql is None else parts.moved(sql, step.table, leaf)

    update = parts.moved(step.update, step.table, leaf)
    return replace(
        step,
        id=f"{step.id}:{leaf}",
        table=leaf,
        sql=(update,),
        update=update,
        update_from_start=moved(step.update_from_start),
        update_again=moved(step.update_again),
        remaining=moved(step.remaining),
        write=moved(step.write),
        root=None,
        leaves=(),
    )
