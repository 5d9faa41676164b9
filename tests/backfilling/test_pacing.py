"""The pacing controller as a pure function, and against a plant that answers to it."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from online_migrate.backfilling.pacing import COOLDOWN_S, LEAST_DUTY, SEEN_S, STALE_S, Pacing
from online_migrate.backfilling.reading import MOST_FELT, Reading

FULL = Pacing(most_workers=4, workers=4)
READING = Reading(
    setting="pacing_commit_ms",
    label="commit latency",
    value=0.0,
    limit=20.0,
    unit="ms",
    at=0.0,
    words="a commit takes longer",
    steers=True,
)
GATE = replace(READING, setting="pacing_lag_s", label="replica lag", words="replica r1 is behind", steers=False)


def fed(pacing: Pacing, loads: list[float], *, start: float = 0.0) -> list[Pacing]:
    """The rulings after one reading a second, each a share of its limit."""
    rulings = []
    for second, load in enumerate(loads):
        at = start + second
        pacing = pacing.after((replace(READING, value=load * READING.limit, at=at),), at=at)
        rulings.append(pacing)
    return rulings


def speed(pacing: Pacing) -> float:
    return pacing.duty * pacing.workers


loads = st.lists(st.floats(min_value=0, max_value=50), max_size=120)


@given(loads)
def test_duty_and_workers_stay_within_their_bounds(given_loads: list[float]) -> None:
    for ruling in fed(FULL, given_loads):
        assert LEAST_DUTY <= ruling.duty <= 1
        assert 1 <= ruling.workers <= 4
        assert (ruling.slowed is None) == (ruling.duty == 1 and ruling.workers == 4)


@given(loads)
def test_it_becomes_faster_when_that_is_seen_and_never_soon_after_it_became_slower(given_loads: list[float]) -> None:
    slower_at, faster_at, before = -COOLDOWN_S, -SEEN_S, FULL
    for second, ruling in enumerate(fed(FULL, given_loads)):
        if speed(ruling) > speed(before):
            assert second - slower_at >= COOLDOWN_S
            assert second - faster_at >= SEEN_S
            faster_at = second
        if speed(ruling) < speed(before):
            slower_at = second
        before = ruling


@given(loads, st.floats(min_value=0, max_value=50))
def test_more_load_never_makes_it_faster(given_loads: list[float], more: float) -> None:
    """At the same state, the higher of two readings rules the slower or the same."""
    before = fed(FULL, given_loads)[-1] if given_loads else FULL
    at = float(len(given_loads))
    lower = replace(READING, value=10.0, at=at)
    higher = replace(READING, value=10.0 + more, at=at)
    assert speed(before.after((higher,), at=at)) <= speed(before.after((lower,), at=at))


@given(loads)
def test_whatever_happened_it_recovers_to_full_speed(given_loads: list[float]) -> None:
    calm = [0.0] * 75
    last = fed(FULL, [*given_loads, *calm])[-1]
    assert (last.duty, last.workers, last.slowed) == (1, 4, None)


def test_one_outlier_is_not_felt() -> None:
    assert all(ruling.duty == 1 for ruling in fed(FULL, [0.1, 1000.0, 0.1, 0.1]))


def test_load_over_its_limit_is_answered_within_two_seconds() -> None:
    rulings = fed(FULL, [0.1] * 5 + [MOST_FELT] * 4)
    assert [ruling.duty for ruling in rulings[-4:]] == [1, 0.5, 0.5, 0.25]
    assert rulings[-1].workers == 1
    assert rulings[-1].slowed == "25% of full speed: a commit takes longer"


def test_a_load_under_its_limit_lowers_the_duty_step_by_step() -> None:
    rulings = fed(FULL, [0.9] * 60)
    steps = [later.duty for ruling, later in pairwise(rulings) if later.duty < ruling.duty]
    assert steps[0] == 0.8
    assert len(steps) <= 60 // COOLDOWN_S


@given(st.floats(min_value=0, max_value=60), st.booleans(), st.booleans())
def test_a_gate_holds_exactly_while_it_is_over_unknown_or_old(age: float, holds: bool, required: bool) -> None:
    ruling = FULL.after((replace(GATE, holds=holds, required=required),), at=age)
    assert (ruling.held is not None) == (holds or (required and age > STALE_S))
    assert ruling.duty == 1  # a limit, not a signal to steer by
    assert FULL.after((replace(GATE, at=age),), at=age).held is None


def test_every_reason_is_told_once() -> None:
    other = replace(GATE, setting="pacing_lag_mb", holds=True)
    slot = replace(GATE, setting="pacing_slot_mb", holds=True, words="slot s keeps 3,000 MB")
    held = FULL.after((replace(GATE, holds=True), other, slot), at=0.0).held
    assert held == "replica r1 is behind; slot s keeps 3,000 MB"


@given(capacity=st.floats(min_value=0.3, max_value=0.65), arrives=st.integers(20, 60))
def test_beside_a_second_load_it_comes_to_rest_under_the_limit(capacity: float, arrives: int) -> None:
    """A plant whose latency rises with our speed and, from a moment on, with somebody else's."""
    pacing, highest = Pacing(most_workers=1, workers=1), 0.0
    for second in range(600):
        others = capacity if second >= arrives else 0.0
        load = 0.3 * pacing.duty + 1.5 * max(0.0, others + 0.6 * pacing.duty - 0.5)
        pacing = pacing.after((replace(READING, value=load * READING.limit, at=float(second)),), at=float(second))
        if second == arrives - 1:
            assert pacing.duty == 1
        if second > arrives + 60:
            highest = max(highest, load)
    assert highest < 1
