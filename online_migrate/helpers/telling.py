"""What a helper says in the log of a migration.

The logger stands below Alembic's, which env.py's fileConfig shows from INFO on; any other that exists when env.py is
run would be silenced by it.
"""

import logging

from online_migrate.events import BatchDone, Event, StepFinished, Waiting
from online_migrate.reports.progress import in_words
from online_migrate.reports.words import seconds

LOG = logging.getLogger("alembic.online_migrate")

_SHARES = 10


class Teller:
    """An observer that writes a line for each step, for each tenth of a backfill and for whoever is waited for."""

    def __init__(self) -> None:
        self._share = 0
        self._told: tuple[int, ...] = ()

    def __call__(self, event: Event) -> None:
        match event:
            case StepFinished(step=step, seconds=took):
                LOG.info("%s: done in %s", step.purpose, seconds(took))
                self._share = 0
            case BatchDone(step=step, fraction=fraction, rows_done=rows):
                if int(fraction * _SHARES) > self._share:
                    self._share = int(fraction * _SHARES)
                    LOG.info("%s: %.0f%%, %s rows", step.purpose, fraction * 100, f"{rows:,}")
            case Waiting(blockers=blockers):
                pids = tuple(blocker.pid for blocker in blockers)
                if pids != self._told:
                    self._told = pids
                    for blocker in blockers:
                        LOG.warning("waiting, not queueing: %s", in_words(blocker))
            case _:
                pass
