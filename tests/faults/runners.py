"""Several deploys of one database: three at once, and one that is frozen past its lease and wakes up."""

import random
import signal
from contextlib import ExitStack

from tests.faults.model import Fault, Tally
from tests.faults.stand import Shop, Stand, pause

AT_ONCE = 3
LEASE_S = 1.0
LONGEST_S = 2.5


def at_once(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Start three deploys together, before the gate and behind it: one runs, the others wait and have nothing to do."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop:
            _together(shop)
            shop.release()
            _together(shop)
            shop.finish()
    return tally


def _together(shop: Shop) -> None:
    with ExitStack() as stack:
        started = [stack.enter_context(shop.deploying()) for _ in range(AT_ONCE)]
        ended = [deploying.wait() for deploying in started]
        worked = sum(deploying.saw("StepStarted") for deploying in started)
    for one in ended:
        shop.note(one)
        if one.status != 0:
            shop.tell(f"one of three ended with {one.status}: {one.said}")
    if worked != 1:
        shop.tell(f"{worked} of three did something")
    shop.tally.times += 1


def frozen(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Freeze a deploy, let another take over when the lease has run out, and wake the first up."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally, lease_s=LEASE_S) as shop:
            while tally.times < times and not shop.released:
                _freeze(shop, chance)
            shop.finish()
    return tally


def _freeze(shop: Shop, chance: random.Random) -> None:
    with shop.deploying() as sleeper:
        sleeper.until("DeployMoved")
        pause(chance.uniform(0, LONGEST_S))
        if sleeper.is_over:
            shop.note(sleeper.wait())
            shop.release()
            return
        sleeper.send(signal.SIGSTOP)
        with shop.deploying() as other:
            # Either may be first: the one that sleeps wakes up in the middle of what the other does, or after it.
            other.until("DeployMoved")
            pause(chance.uniform(0, LONGEST_S))
            sleeper.send(signal.SIGCONT)
            shop.note(sleeper.wait())
            ended = other.wait()
        shop.note(ended)
        shop.tally.times += 1
        if ended.status == 0:
            shop.release()


FAULTS = (
    Fault(name="three", what="three deploys at once", times=8, few=2, strike=at_once),
    Fault(name="frozen", what="lease holder frozen past its lease, then woken up", times=10, few=1, strike=frozen),
)
