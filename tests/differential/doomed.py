"""A process that deploys a script and kills itself at the event of that number.

python -m tests.differential.doomed URL SCRIPT NUMBER
"""

import os
import signal
import sys
from pathlib import Path

import psycopg

from online_migrate.events import BatchDone, Event, StepFinished, StepStarted
from tests.differential import harness

LEASE_S = 0.5


def main(url: str, script: Path, number: int) -> None:
    """Deploy until killed; plan first, where nobody has."""
    seen = 0

    def observe(event: Event) -> None:
        nonlocal seen
        seen += isinstance(event, StepStarted | StepFinished | BatchDone)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with psycopg.connect(url, autocommit=True) as connection:
        begun = harness.has_begun(connection)
        plan = None if begun else harness.make_plan(connection, script.read_text(encoding="utf-8"), script.parent)
    harness.run(plan, url, observer=observe, lease_s=LEASE_S)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
