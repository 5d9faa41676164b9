"""How large the windows are that a walk over pages opens."""

import pytest

from online_migrate.backfilling.stripes import fitting


@pytest.mark.parametrize(
    ("took_s", "expected"),
    [(0, 1000), (30, 1000), (37.5, 1000), (75, 500), (150, 250), (7500, 5), (10_000_000, 1)],
)
def test_windows_are_done_well_before_the_next_checkpoint(took_s: float, expected: int) -> None:
    assert fitting(500, took_s=took_s, checkpoint_timeout_s=300) == expected
