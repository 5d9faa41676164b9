"""Waiting for what another session or thread does, by looking, never by hoping."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg

LIMIT_S = 30.0


def until(condition: Callable[[], object], what: str) -> None:
    """Poll until the condition holds, and fail when it does not in time."""
    pause = threading.Event()
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        pause.wait(0.01)


def until_waiting_for_lock(connection: psycopg.Connection, pattern: str) -> None:
    """Wait until a session whose query is LIKE the pattern waits for a lock."""

    def waits() -> bool:
        row = connection.execute(
            b"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
            b" AND pid <> pg_backend_pid() AND datname = current_database()",
            (pattern,),
        ).fetchone()
        return row is not None and row[0] > 0

    until(waits, f"a session waits for a lock with {pattern}")


def in_background(work: Callable[[], object]) -> Future[object]:
    """Run it in a thread of its own."""
    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future
