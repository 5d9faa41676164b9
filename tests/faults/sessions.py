"""Sessions of ours that the server ends: pg_terminate_backend, one at a time, at random."""

import random

import psycopg

from tests.faults.deploying import Deploying
from tests.faults.model import Fault, Tally
from tests.faults.stand import Stand, pause

LONGEST_GAP_S = 0.4
_TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'online-migrate: %%'
        ORDER BY hashint4extended(pid, %s) LIMIT 1
    ) AS ours
"""


def terminated(stand: Stand, times: int, chance: random.Random) -> Tally:
    """End a session of the deploy every now and then: heartbeat, journal, step, backfill or watcher."""
    tally = Tally()
    with psycopg.connect(stand.server.url(), autocommit=True) as executioner:
        while tally.times < times:
            with stand.shop(chance, tally) as shop:

                def strike(_: Deploying, name: str = shop.name) -> int:
                    pause(chance.uniform(0, LONGEST_GAP_S))
                    return len(executioner.execute(_TERMINATE, (name, chance.getrandbits(32))).fetchall())

                shop.endure(times, strike)
    return tally


FAULTS = (
    Fault(name="terminate", what="pg_terminate_backend of a session of ours", times=60, few=4, strike=terminated),
)
