"""The process of a deploy killed with SIGKILL, at every boundary and at any moment, until the deploy is done."""

import random
from collections.abc import Callable

from tests.faults.model import Fault, Tally
from tests.faults.stand import Shop, Stand

SHORT_S, LONG_S = 0.6, 4.0
LONG_SHARE = 0.3
"""Most are killed early, so that many fit into one deploy; some steps need longer to come to their end at all."""


def at_boundaries(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Kill each process now when its first step begins, now when that has ended: so every step meets both."""
    tally = Tally()

    def dies(shop: Shop) -> bool:
        ended = shop.run(dies_at=1 + tally.times % 2)
        if ended.status == 0:
            return False
        tally.times += 1
        return True

    _again_and_again(stand, times, chance, tally, dies)
    return tally


def at_any_moment(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Kill each process after a random time."""
    tally = Tally()

    def dies(shop: Shop) -> bool:
        with shop.deploying() as deploying:
            alive_s = chance.uniform(0, LONG_S if chance.random() < LONG_SHARE else SHORT_S)
            ended = deploying.wait_or_kill(alive_s)
        shop.note(ended)
        if ended.status == 0:
            return False
        tally.times += 1
        return True

    _again_and_again(stand, times, chance, tally, dies)
    return tally


def _again_and_again(
    stand: Stand, times: int, chance: random.Random, tally: Tally, dies: Callable[[Shop], bool]
) -> None:
    """Go through whole deploys until so many processes have died; a process that does not die was through."""
    while tally.times < times:
        with stand.shop(chance, tally) as shop:
            while tally.times < times:
                if dies(shop):
                    continue
                if shop.released:
                    break
                shop.release()
            shop.finish()


FAULTS = (
    Fault(
        name="kill-boundary",
        what="kill -9 at the beginning and the end of every step",
        times=60,
        few=6,
        strike=at_boundaries,
    ),
    Fault(name="kill-moment", what="kill -9 at a random moment", times=200, few=6, strike=at_any_moment),
)
