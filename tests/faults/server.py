"""The server stopped as a crash would stop it, and started again: mid-backfill, mid-index and at any moment."""

import random
from collections.abc import Callable

import psycopg

from tests.faults.deploying import Deploying
from tests.faults.model import Fault, Tally
from tests.faults.stand import Shop, Stand, pause
from tests.waiting import until

LONGEST_GAP_S = 3.0
LOOK_S = 0.02
Strike = Callable[[Shop, Deploying], int]


def at_any_moment(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Restart whatever the deploy does."""

    def strike(_: Shop, deploying: Deploying) -> int:
        # Nothing of it is done before: then it is right to say that there is no server.
        deploying.until("DeployMoved")
        pause(chance.uniform(0, LONGEST_GAP_S))
        return _restart(stand, deploying)

    return _struck(stand, times, chance, strike)


def mid_backfill(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Restart some batches after a backfill has begun."""

    def strike(_: Shop, deploying: Deploying) -> int:
        batches = deploying.count("BatchDone") + chance.randrange(1, 20)
        while not deploying.saw("BatchDone", count=batches):
            if deploying.is_over:
                return 0
            pause(LOOK_S)
        return _restart(stand, deploying)

    return _struck(stand, times, chance, strike)


def mid_index(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Restart while an index is being built, which a writer keeps from ending."""

    def strike(shop: Shop, deploying: Deploying) -> int:
        if not deploying.saw("StepStarted", "concurrent_ddl") or deploying.saw("StepFinished", "concurrent_ddl"):
            pause(LOOK_S)
            return 0
        return int(builds(shop, deploying)) and _restart(stand, deploying)

    return _struck(stand, times, chance, strike)


def builds(shop: Shop, deploying: Deploying) -> bool:
    """Return once the deploy builds its index, behind a writer that is there no more; False: it came to its end."""
    with psycopg.connect(shop.url) as writer, psycopg.connect(shop.url, autocommit=True) as watcher:

        def is_building() -> bool:
            found = watcher.execute("SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'").fetchone()
            return found is not None

        # Young, so that the deploy does not wait for it before it begins.
        writer.execute("UPDATE account SET level = level WHERE id = 1")
        until(
            lambda: deploying.is_over or is_building() or deploying.saw("StepFinished", "concurrent_ddl"), "it builds"
        )
        return is_building()


def _restart(stand: Stand, deploying: Deploying) -> int:
    if deploying.is_over:
        return 0
    stand.server.restart()
    return 1


def _struck(stand: Stand, times: int, chance: random.Random, strike: Strike) -> Tally:
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop:
            shop.endure(times, lambda deploying, shop=shop: strike(shop, deploying))  # type: ignore[misc]
    return tally


FAULTS = (
    Fault(
        name="restart", what="server restarted (immediate) at a random moment", times=20, few=1, strike=at_any_moment
    ),
    Fault(name="restart-backfill", what="server restarted mid-backfill", times=12, few=1, strike=mid_backfill),
    Fault(name="restart-index", what="server restarted mid-index", times=8, few=1, strike=mid_index),
)
