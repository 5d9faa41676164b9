"""Who is in the way: sessions that hold what we are about to ask for. Looking queues nowhere and locks nothing."""

from collections.abc import Iterable

import psycopg
from psycopg.rows import dict_row

from online_migrate.events import Blocker
from online_migrate.execution.queries import query
from online_migrate.plan.names import Lock, LockMode, RelationName

M = LockMode
# Table 13.2 of https://www.postgresql.org/docs/current/explicit-locking.html
CONFLICTS: dict[LockMode, tuple[LockMode, ...]] = {
    M.ACCESS_SHARE: (M.ACCESS_EXCLUSIVE,),
    M.ROW_SHARE: (M.EXCLUSIVE, M.ACCESS_EXCLUSIVE),
    M.ROW_EXCLUSIVE: (M.SHARE, M.SHARE_ROW_EXCLUSIVE, M.EXCLUSIVE, M.ACCESS_EXCLUSIVE),
    M.SHARE_UPDATE_EXCLUSIVE: tuple(m for m in M if m.strength >= M.SHARE_UPDATE_EXCLUSIVE.strength),
    M.SHARE: (M.ROW_EXCLUSIVE, M.SHARE_UPDATE_EXCLUSIVE, M.SHARE_ROW_EXCLUSIVE, M.EXCLUSIVE, M.ACCESS_EXCLUSIVE),
    M.SHARE_ROW_EXCLUSIVE: tuple(m for m in M if m.strength >= M.ROW_EXCLUSIVE.strength),
    M.EXCLUSIVE: tuple(m for m in M if m.strength >= M.ROW_SHARE.strength),
    M.ACCESS_EXCLUSIVE: tuple(M),
}
OLD_SNAPSHOT_S = 1.0


def of_locks(connection: psycopg.Connection, locks: Iterable[Lock], *, young_s: float) -> tuple[Blocker, ...]:
    """Return the sessions that hold or await a conflicting lock in a transaction older than `young_s` seconds.

    Autovacuum counts at any age; prepared transactions count, with pid 0. Relations that do not exist are passed over.
    """
    wanted = [(lock.relation, mode) for lock in locks for mode in CONFLICTS[lock.mode]]
    values = {
        "schemas": [relation.schema for relation, _ in wanted],
        "names": [relation.name for relation, _ in wanted],
        "modes": [mode.value for _, mode in wanted],
        "young_s": young_s,
    }
    return _read(connection, query("blockers"), values)


def of_snapshots(connection: psycopg.Connection, relations: Iterable[RelationName]) -> tuple[Blocker, ...]:
    """Return the transactions that a concurrent index build on the relations would wait for."""
    listed = tuple(relations)
    values = {
        "schemas": [relation.schema for relation in listed],
        "names": [relation.name for relation in listed],
        "young_s": OLD_SNAPSHOT_S,
    }
    return _read(connection, query("snapshots"), values)


def _read(connection: psycopg.Connection, text: bytes, values: dict[str, object]) -> tuple[Blocker, ...]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(text, values).fetchall()
    return tuple(
        Blocker(
            pid=row["pid"],
            user=row["user"],
            application_name=row["application_name"],
            state=row["state"],
            query=row["query"],
            age_s=row["age_s"],
            relation=RelationName(row["schema"], row["name"]) if row["schema"] is not None else None,
            mode=row["mode"],
        )
        for row in rows
    )


def describe(blockers: Iterable[Blocker]) -> str:
    """Name blockers in one line: pid, user, application, what it does and for how long."""
    return "; ".join(map(str, blockers))
