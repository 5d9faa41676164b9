"""The size servo as a pure function: bounds, convergence, panic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_migrate.backfilling.pace import Pace, seconds_left
from online_migrate.backfilling.servo import HISTORY, Servo


def run(servo: Servo, batches: int, ms_per_unit: float) -> Servo:
    for _ in range(batches):
        servo = servo.after(ms=servo.size * ms_per_unit, units=servo.size, rows=servo.size)
    return servo


times = st.lists(st.one_of(st.none(), st.floats(min_value=0, max_value=1e6)), max_size=80)


@given(size=st.integers(1, 20000), events=times)
def test_the_size_stays_within_its_bounds_and_grows_slowly(size: int, events: list[float | None]) -> None:
    servo = Servo(target_ms=100, size=size, largest=20000)
    for ms in events:
        before = servo.size
        servo = servo.split(servo.size) if ms is None else servo.after(ms=ms, units=servo.size, rows=servo.size)
        assert 1 <= servo.size <= 20000
        assert servo.size <= before * 1.5 + 1
        if ms is None:
            assert servo.size <= max(1, before // 2)
        elif ms > 500:
            assert servo.size <= max(1, before // 10)


@given(size=st.integers(1, 20000), ms_per_unit=st.floats(min_value=0.001, max_value=90))
def test_batches_of_a_steady_server_come_to_the_target(size: int, ms_per_unit: float) -> None:
    servo = run(Servo(target_ms=100, size=size, largest=20000), 40 * HISTORY, ms_per_unit)
    wanted = min(20000, max(1, int(100 / ms_per_unit)))
    assert wanted * 0.9 - 1 <= servo.size <= wanted * 1.1 + 1


@given(st.floats(min_value=2, max_value=50))
def test_a_server_that_gets_slower_is_followed_within_two_rounds(factor: float) -> None:
    servo = run(Servo(target_ms=100, size=1000, largest=20000), 20 * HISTORY, 0.05)
    slower = run(servo, 2 * HISTORY, 0.05 * factor)
    assert slower.size * 0.05 * factor <= 110


def test_the_slow_tenth_decides() -> None:
    servo = Servo(target_ms=100, size=1000, largest=20000)
    for ms in [30.0] * 8 + [200.0] * 2:
        servo = servo.after(ms=ms, units=1000, rows=1000)
    assert servo.size == 500


@given(rows=st.lists(st.integers(0, 4), min_size=HISTORY, max_size=60), size=st.integers(100, 10000))
def test_it_does_not_grow_where_next_to_nothing_is_left_to_change(rows: list[int], size: int) -> None:
    servo = Servo(target_ms=100, size=size, largest=20000, densest=1.0)
    for found in rows:
        servo = servo.after(ms=1, units=100, rows=found)
    assert servo.size == size


def test_it_grows_where_little_is_changed_everywhere() -> None:
    servo = Servo(target_ms=100, size=1000, largest=20000)
    for _ in range(HISTORY):
        servo = servo.after(ms=80, units=1000, rows=3)
    assert servo.size == 1250


def test_far_from_the_target_three_batches_are_enough_to_grow() -> None:
    servo = Servo(target_ms=100, size=1000, largest=20000)
    sizes = []
    for ms in [1.0, 1.0, 17.0, 1.0, 1.0, 1.0]:
        servo = servo.after(ms=ms, units=1000, rows=1000)
        sizes.append(servo.size)
    assert sizes == [1000, 1000, 1000, 1000, 1000, 1000]
    assert run(Servo(target_ms=100, size=1000, largest=20000), 6, 0.001).size == 2250


def test_a_size_out_of_bounds_is_an_error() -> None:
    with pytest.raises(ValueError, match="not within"):
        Servo(target_ms=100, size=0, largest=10)


def test_time_left_is_a_range_once_there_are_five_rates() -> None:
    pace = Pace(at=0, fraction=0, rows=0)
    done = 0.0
    for second, rate in enumerate([0.01, 0.02, 0.01, 0.02, 0.04], 1):
        assert seconds_left(done, pace.low, pace.high) is None
        done += rate
        pace = pace.tick(at=second, fraction=done, rows=round(done * 1000))
    assert seconds_left(done, pace.low, pace.high) == pytest.approx((0.9 / 0.04, 0.9 / 0.01))
