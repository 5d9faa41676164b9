"""PgBouncer in transaction mode killed and started again, with every session that goes through it."""

import random
import tempfile
from pathlib import Path

from tests import pgbouncer
from tests.faults.deploying import Deploying
from tests.faults.model import Fault, Tally
from tests.faults.stand import Stand, pause
from tests.pgbouncer import PgBouncer

LONGEST_GAP_S = 1.5
LEASE_S = 2.0
"""Behind a pooler nobody sees that a holder's session is gone: its lease has to run out."""


def restarted(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Restart the pooler at random moments of deploys through it; what needs a session has an address of its own."""
    tally = Tally()
    program = pgbouncer.find()
    if program is None:
        tally.skipped = "PgBouncer is not installed"
        return tally
    while tally.times < times:
        with (
            stand.shop(chance, tally, lease_s=LEASE_S) as shop,
            tempfile.TemporaryDirectory(prefix="online-migrate-pooler-") as directory,
        ):
            Path(directory).chmod(0o755)
            pooler = PgBouncer(program, shop.url, Path(directory), "transaction")
            shop.order |= {"url": pooler.url, "direct_url": shop.url}

            def strike(deploying: Deploying, pooler: PgBouncer = pooler) -> int:
                deploying.until("DeployMoved")
                pause(chance.uniform(0, LONGEST_GAP_S))
                if deploying.is_over:
                    return 0
                pooler.restart()
                return 1

            try:
                shop.endure(times, strike)
            finally:
                pooler.stop()
    return tally


FAULTS = (Fault(name="pooler", what="PgBouncer restarted under a deploy", times=12, few=1, strike=restarted),)
