"""Makes what fails as short as it can be, statement by statement."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tests.oracle.sequence import Sequence

Place = tuple[int, int]
"""A statement: 0 and its number in the setup, or the number of its revision and its number there."""


def minimise(sequence: Sequence, fails: Callable[[Sequence], bool]) -> Sequence:
    """Return a sequence that fails in the same way, with as few statements as leaving out finds.

    Parts are left out, a half, then a quarter, at last each by itself: about twice as many sequences are carried
    out as there are statements.

    Args:
        fails: carries a sequence out, and says whether it fails in the same way.
    """
    if sequence.stop_after and fails(whole := replace(sequence, stop_after=0)):
        sequence = whole
    places = [
        *((at, number) for at, revision in enumerate(sequence.revisions, 1) for number in range(len(revision))),
        *((0, number) for number in reversed(range(len(sequence.setup)))),
    ]
    size = len(places) // 2
    while size:
        for part in [places[start : start + size] for start in range(0, len(places), size)]:
            rest = [place for place in places if place not in part]
            if fails(_only(sequence, rest)):
                places = rest
        size //= 2
    return _only(sequence, places)


def _only(sequence: Sequence, places: Iterable[Place]) -> Sequence:
    kept = frozenset(places)
    revisions = (
        tuple(statement for number, statement in enumerate(revision) if (at, number) in kept)
        for at, revision in enumerate(sequence.revisions, 1)
    )
    return replace(
        sequence,
        setup=tuple(statement for number, statement in enumerate(sequence.setup) if (0, number) in kept),
        revisions=tuple(revision for revision in revisions if revision),
    )
