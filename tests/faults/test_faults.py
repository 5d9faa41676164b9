"""One of some kinds of fault; `make faults` makes all kinds happen, hundreds of times."""

import random
from collections.abc import Iterator

import pytest

from tests.faults.registry import FAULTS
from tests.faults.stand import Stand, stand

NAMES = ("kill-boundary", "terminate", "restart-index", "cut", "three")


@pytest.fixture(scope="module")
def here() -> Iterator[Stand]:
    """A server with the project's databases."""
    with stand() as made:
        yield made


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_and_nobody_is_needed(here: Stand, name: str) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    tally = fault.strike(here, 1, random.Random(name))
    assert tally.is_right, tally
