"""Others in the way: deadlocks, locks and rows that are held for ever, a snapshot that never ends."""

import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from online_migrate.execution.engine import Termination
from tests.faults.deploying import Deploying
from tests.faults.model import Fault, Tally
from tests.faults.project import HELD, LIVELY
from tests.faults.stand import Shop, Stand, pause
from tests.traffic.application import WaitWatcher

LOOK_S = 0.05
PATIENCE = (("lock_total_s", 2),)
STALL_S = 1.0
"""The lock budget is 100 ms; the rest is for a machine that does other things as well."""
WRITES = 50

HOLDERS = (
    "SELECT count(*) FROM account",
    f"UPDATE account SET level = level WHERE id = {HELD}",
    f"UPDATE counter SET n = n WHERE id = {HELD}",
)
"""A report that has read a table, and sessions that have changed a row which a backfill will come to."""


class _Opposer:
    """A session that takes rows and tables in the opposite order; it never is the one that finds the deadlock."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self._url = url
        self._chance = chance
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "_Opposer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, options="-c deadlock_timeout=60s", application_name="opposer") as connection:
            while not self._ended.wait(LOOK_S / 5):
                low = self._chance.randrange(1, LIVELY - 400)
                connection.execute("UPDATE purchase SET total = total WHERE id = 1")
                for number in range(low + 400, low, -20):
                    connection.execute("UPDATE account SET level = level WHERE id = %s", (number,))
                connection.commit()


def deadlocks(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Let the server find deadlocks at once, and us be the ones who find them."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop, _Opposer(shop.url, chance):
            with psycopg.connect(stand.server.url(), autocommit=True) as connection:
                connection.execute(f"ALTER DATABASE {shop.name} SET deadlock_timeout = '5ms'".encode())

            def strike(deploying: Deploying) -> int:
                before = deploying.count("Retrying", "40P01")
                pause(LOOK_S)
                return deploying.count("Retrying", "40P01") - before

            shop.endure(times, strike)
    return tally


def held_for_ever(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Meet a session that keeps its lock: leave off and say who it is, and go on when it is gone."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop, _holding(shop, HOLDERS[tally.times % len(HOLDERS)]) as holder:
            _is_named(shop, holder)
            holder.close()
            shop.finish()
    return tally


def held_until_ended(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Meet a session that keeps its lock, with the order to end those that are idle in their transaction."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop, _holding(shop, HOLDERS[tally.times % len(HOLDERS)]):
            ended = shop.run(termination=Termination(after_s=1))
            if ended.status != 0:
                tally.person += 1
                shop.tell(f"was not got out of the way, {ended.status}: {ended.said}")
            else:
                shop.release()
            tally.times += 1
            shop.finish()
    return tally


def snapshot(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Meet a transaction for whose snapshot an index build would wait: leave off, and go on when it is gone."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop, _holding(shop, "SELECT FROM setting") as holder:
            _is_named(shop, holder)
            indexes = holder.execute("SELECT FROM pg_class WHERE relname = 'account_email'").fetchall()
            if indexes:
                tally.wrong += 1
                shop.tell("an index was begun all the same")
            holder.close()
            shop.finish()
    return tally


@contextmanager
def _holding(shop: Shop, statement: str) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has run the statement, and its snapshot."""
    with closing(psycopg.connect(shop.url, application_name="holder")) as holder:
        holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        holder.execute(statement.encode())
        yield holder


def _is_named(shop: Shop, holder: psycopg.Connection) -> None:
    """Deploy, which must end as one to be run again, with the holder's name; nobody waits behind us meanwhile."""
    before = shop.writes
    with WaitWatcher(shop.url) as watcher:
        ended = shop.run(policy=PATIENCE)
    shop.tally.times += 1
    if ended.status != 3 or f"pid {holder.info.backend_pid} " not in ended.said:
        shop.tally.person += 1
        shop.tell(f"ended with {ended.status} and does not name its blocker: {ended.said}")
    if watcher.longest_s > STALL_S or shop.writes < before + WRITES:
        shop.tell(f"{shop.writes - before} writes, one of which waited {watcher.longest_s:.2f} s: {watcher.worst}")


FAULTS = (
    Fault(name="deadlock", what="deadlock that we find", times=20, few=2, strike=deadlocks),
    Fault(name="holder", what="a lock holder that never goes away, then does", times=9, few=3, strike=held_for_ever),
    Fault(
        name="idle-holder", what="a lock holder that --terminate-blockers ends", times=6, few=3, strike=held_until_ended
    ),
    Fault(name="snapshot", what="a snapshot that never ends, then does", times=4, few=1, strike=snapshot),
)
