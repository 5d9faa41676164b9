"""A process that deploys the plan of plans.py and kills itself at the event of that number.

python -m tests.execution.doomed URL NUMBER
"""

import os
import signal
import sys

from online_migrate.database import Database
from online_migrate.events import Event, StepFinished, StepStarted
from online_migrate.execution.runner import deploy
from tests.execution.plans import ALL, make_plan, settings

LEASE_S = 0.5


def main(url: str, number: int) -> None:
    """Deploy until killed."""
    seen = 0

    def observe(event: Event) -> None:
        nonlocal seen
        seen += isinstance(event, StepStarted | StepFinished)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    deploy(make_plan(), database=Database(url), settings=settings(ALL, observer=observe, lease_s=LEASE_S))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
