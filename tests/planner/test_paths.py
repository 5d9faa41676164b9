"""The record of what statements touch finds just those that a look at each of them would find."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from online_migrate.planner.paths import Path, Paths, Record, Touches

PATHS = st.frozensets(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple), max_size=3)
TOUCHES = st.builds(Touches, reads=PATHS, writes=PATHS, barrier=st.booleans())


@given(st.lists(TOUCHES, min_size=1, max_size=8))
def test_what_meets_is_found(statements: Sequence[Touches]) -> None:
    record = Record()
    *earlier, last = statements
    for number, touches in enumerate(earlier):
        record.add(number, touches)
    assert record.needed_by(last) == {number for number, touches in enumerate(earlier) if must_follow(last, touches)}


def must_follow(later: Touches, earlier: Touches) -> bool:
    if later.barrier or earlier.barrier:
        return True
    return meet(later.writes, earlier.writes | earlier.reads) or meet(later.reads, earlier.writes)


def meet(some: Paths, others: Paths) -> bool:
    def begins(path: Path, other: Path) -> bool:
        return path[: len(other)] == other

    return any(begins(a, b) or begins(b, a) for a in some for b in others)
