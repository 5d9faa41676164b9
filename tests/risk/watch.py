"""What a statement that cannot run in a transaction locks: seen by another session while it is made to wait."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
from psycopg import sql

from online_migrate.plan.names import LockMode, RelationName
from tests.risk.observe import RELATIONS, Observation, keep_strongest

# Awaited locks count: the statement gets them as soon as the other session lets go.
_LOCKS = "SELECT relation, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'"
_WAITS_FOR = "SELECT pg_blocking_pids(%s)"
# VACUUM waits for nobody; it pauses after every page instead.
_SLOWLY = "SELECT set_config('vacuum_cost_delay', '20', false), set_config('vacuum_cost_limit', '1', false)"


def watch(url: str, statement: str, held: Sequence[str]) -> Observation:
    """Run a statement while other sessions hold ROW EXCLUSIVE on tables, each until the statement waits for it, and say
    what it locked and whether a table got new storage; whether rows were read is not seen from outside."""
    with ExitStack() as stack:
        worker, watcher, *holders = (
            stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(2 + len(held))
        )
        for holder, table in zip(holders, held, strict=True):
            holder.execute("BEGIN")
            holder.execute(sql.SQL("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE").format(sql.Identifier(table)))
        before = {row[0]: row for row in watcher.execute(RELATIONS)}
        worker.execute(_SLOWLY)
        pid = worker.info.backend_pid
        holding = {holder.info.backend_pid: holder for holder in holders}
        locks: dict[RelationName, LockMode] = {}
        running = stack.enter_context(ThreadPoolExecutor(1)).submit(worker.execute, sql.SQL(statement))
        while not running.done():
            (blocking,) = watcher.execute(_WAITS_FOR, [pid]).fetchone() or ([],)
            for oid, mode in watcher.execute(_LOCKS, [pid]).fetchall():
                # An index's own lock stands beside its table's.
                if oid in before and before[oid][3] in "rpvmf":
                    keep_strongest(locks, RelationName(before[oid][1], before[oid][2]), mode)
            for holder in (holding.pop(found) for found in blocking if found in holding):
                holder.execute("ROLLBACK")
        running.result()
        after = {row[0]: row[4] for row in watcher.execute(RELATIONS)}
    tables = [oid for oid, row in before.items() if row[3] in "rm"]
    return Observation(
        locks=locks, rewrites=any(oid in after and after[oid] != before[oid][4] for oid in tables), scans=False
    )
