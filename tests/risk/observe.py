"""What a server really does for a statement: locks, storage and rows read, seen from inside its transaction."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from online_migrate.plan.names import LockMode, RelationName

HERE = Path(__file__).parent

RELATIONS = """
SELECT c.oid, n.nspname, c.relname, c.relkind, pg_relation_filenode(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
LOCKS = "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted"
ROWS_READ = "SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables"


@dataclass(frozen=True)
class Observation:
    """Locks on relations that were there before, whether one got new storage, whether rows were read in bulk."""

    locks: dict[RelationName, LockMode]
    rewrites: bool
    scans: bool


def observe(connection: psycopg.Connection, statement: str) -> Observation:
    """Run a statement in a transaction that is rolled back, and say what it did."""
    with connection.transaction(force_rollback=True):
        before = {row[0]: row for row in connection.execute(RELATIONS)}
    with connection.transaction(force_rollback=True):
        # Counts of earlier transactions stay in the view until they are sent to the shared statistics.
        read_before = _rows_read(connection)
        connection.execute(sql.SQL(statement))
        held = connection.execute(LOCKS).fetchall()
        read = _rows_read(connection)
        filenodes = {row[0]: row[4] for row in connection.execute(RELATIONS)}
    locks: dict[RelationName, LockMode] = {}
    for kinds in ("rpvmf", "iIS"):
        for oid, mode in held:
            weak = LockMode(mode.removesuffix("Lock")).strength < LockMode.SHARE_UPDATE_EXCLUSIVE.strength
            if oid in before and before[oid][3] in kinds and not (weak and kinds == "iIS"):
                keep_strongest(locks, RelationName(before[oid][1], before[oid][2]), mode)
        if locks:
            # An index or a sequence counts where nothing else is locked.
            break
    tables = [oid for oid, row in before.items() if row[3] in "rm"]
    return Observation(
        locks=locks,
        rewrites=any(oid in filenodes and filenodes[oid] != before[oid][4] for oid in tables),
        scans=read > read_before,
    )


def _rows_read(connection: psycopg.Connection) -> int:
    row = connection.execute(ROWS_READ).fetchone()
    return int(row[0]) if row is not None else 0


def keep_strongest(locks: dict[RelationName, LockMode], name: RelationName, mode: str) -> None:
    """Note a lock unless a stronger one of the same relation is known."""
    new = LockMode(mode.removesuffix("Lock"))
    if name not in locks or locks[name].strength < new.strength:
        locks[name] = new


def forms(version: int) -> list[str]:
    """Return the statements of forms.sql that a major version of the server knows."""
    found = []
    for line in (HERE / "forms.sql").read_text().splitlines():
        statement, _, since = line.partition(" -- ")
        if statement and not line.startswith("--") and int(since or 0) <= version:
            found.append(statement)
    return found
