"""How much is tried: a part in `make test`, all of it with ONLINE_MIGRATE_ORACLE=all."""

import os

from tests.differential.scenario import Scenario
from tests.differential.scenarios.all import SCENARIOS

ALL = os.environ.get("ONLINE_MIGRATE_ORACLE") == "all"


def some(first: int, step: int) -> tuple[Scenario, ...]:
    """Return every `step`-th scenario from `first` on, so that each family has its part; or all."""
    return SCENARIOS if ALL else SCENARIOS[first::step]
