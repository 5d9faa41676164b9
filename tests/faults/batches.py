"""Coordinators and workers of a backfill killed with SIGKILL at random moments, while writers keep a ledger."""

import multiprocessing
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psycopg

from online_migrate.backfilling import engine, schema
from online_migrate.backfilling.job import Job
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import ignore
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import FILL, ITEMS, Traffic, keyset, stripes
from tests.backfilling.worker import help_out, work
from tests.faults.model import Fault, Tally
from tests.faults.stand import Stand

ROWS_A_KILL = 10_000
"""Enough that a backfill is not through before the last kill."""
PROCESSES = multiprocessing.get_context("forkserver")

UPDATE = "UPDATE items SET n = n + 1 WHERE id = %(id)s"
DELETE = "DELETE FROM items WHERE id = %(id)s"
INSERT = "INSERT INTO items (n, pad) VALUES (%(id)s, 'new')"
CHANGE_KEY = "UPDATE items SET id = id + 10000000 WHERE id = %(id)s"
ADD_MILLION = "UPDATE items SET n = n + 1000000 WHERE id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A backfill and what is done to its table meanwhile.

    Attributes:
        writes: statements of the application.
        lost: the condition of a row that was missed.
        twice: that of a row that was changed more than once; "false" where the change is idempotent.
    """

    name: str
    fault: str
    step: Backfill
    writes: tuple[str, ...]
    lost: str
    twice: str


KINDS = (
    Kind(
        name="batches-pages",
        fault="kill -9 of a backfill by pages or its helper",
        step=stripes(remaining=None),
        writes=(UPDATE, DELETE, INSERT, CHANGE_KEY),
        lost="total IS DISTINCT FROM n * 2",
        twice="false",
    ),
    Kind(
        name="batches-key",
        fault="kill -9 of a backfill by key, not idempotent",
        step=keyset(),
        writes=(ADD_MILLION, DELETE),
        lost="n %% 1000000 = id",
        twice="n %% 1000000 NOT IN (id, id + 1)",
    ),
)

Started = tuple[BaseProcess, "Connection[object, object]"]


def run(kind: Kind, stand: Stand, times: int, chance: random.Random) -> Tally:
    """Kill so many processes of a coordinator and a worker, let a last one finish, and count what is wrong."""
    url = stand.server.create_database(kind.name)
    tally = Tally()
    with psycopg.connect(url, autocommit=True) as connection:
        schema.install(connection)
        connection.execute(ITEMS)
        connection.execute(
            "INSERT INTO items (n, pad) SELECT i, repeat('x', 60) FROM generate_series(1, %s) i",
            (ROWS_A_KILL * max(times, 10),),
        )
        connection.execute(FILL)
        connection.execute("ANALYZE items")
        with Traffic(lambda: psycopg.connect(url, autocommit=True), 2, *kind.writes):
            tally.times = _kill(kind.step, url, times, chance)
            _finish(kind.step, url)
        tally.lost = sum(_count(connection, condition) for condition in (kind.lost, kind.twice))
    stand.server.drop_database(kind.name)
    return tally


def _kill(step: Backfill, url: str, kills: int, chance: random.Random) -> int:
    """Kill now the coordinator, now the worker beside it; return how many died at work."""
    killed = 0
    helper: Started | None = None
    while killed < kills:
        coordinator = _start(work, step, url)
        if not _told(coordinator):
            raise AssertionError(f"the backfill ended after {killed} kills: it needs more rows")
        while killed < kills and chance.random() < 0.5:
            helper = helper or _start(help_out, step, url)
            _told(helper)
            killed += _end(helper, chance)
            helper = None
        killed += _end(coordinator, chance)
    return killed


def _start(target: Callable[..., None], step: Backfill, url: str) -> Started:
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=target, args=(step, url, sender))
    process.start()
    sender.close()
    return process, receiver


def _told(started: Started) -> bool:
    """Wait for the first event; False where the process ended without one."""
    try:
        started[1].recv()
    except EOFError:
        return False
    return True


def _end(started: Started, chance: random.Random) -> bool:
    """Kill it at no particular moment of a batch; return whether it was still at work."""
    process, receiver = started
    # Not to wait for anything: it only spreads the kills over all moments of a batch.
    threading.Event().wait(chance.uniform(0, 0.02))
    process.kill()
    process.join()
    receiver.close()
    return process.exitcode != 0


def _finish(step: Backfill, url: str) -> None:
    engine.run(
        Job(
            step=step,
            database=Database(url),
            deploy_id=1,
            policy=Policy(workers=2),
            clock=SystemClock(),
            observer=ignore,
            should_stop=lambda: False,
        )
    )


def _count(connection: psycopg.Connection, condition: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM items WHERE {condition}".encode(), {}).fetchone()
    assert found is not None
    return int(found[0])


FAULTS = tuple(Fault(name=kind.name, what=kind.fault, times=40, few=4, strike=partial(run, kind)) for kind in KINDS)
