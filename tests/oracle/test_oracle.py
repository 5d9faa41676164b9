"""Sequences of operations that nobody thought of end online as they do naively; `make oracle` tries many more."""

import pytest

from tests.oracle.databases import Databases
from tests.oracle.minimise import minimise
from tests.oracle.sequence import Sequence
from tests.oracle.trial import Tally, run, run_releases

PARTS = 2
SEQUENCES = 50


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(PARTS))
def test_sequences_end_as_written(server_url: str, part: int) -> None:
    with Databases(server_url) as databases:
        tally = run(databases, number=SEQUENCES // PARTS, start=part, tell=print)
    _assert_right(tally)


def test_both_versions_work_while_a_release_is_deployed(server_url: str) -> None:
    with Databases(server_url) as databases:
        tally = run_releases(databases, number=4, start=0, tell=print)
    _assert_right(tally)


def test_what_fails_is_made_short() -> None:
    """Down to the one statement of the setup and the two of the revisions that it takes."""
    setup = tuple(f"s{number}" for number in range(9))
    made = Sequence(setup=setup, revisions=(("a", "b", "c"), ("d", "e")), stop_after=3)

    def fails(tried: Sequence) -> bool:
        statements = {statement for revision in tried.revisions for statement in revision}
        return "s4" in tried.setup and {"b", "e"} <= statements

    assert minimise(made, fails) == Sequence(setup=("s4",), revisions=(("b",), ("e",)))


def _assert_right(tally: Tally) -> None:
    assert not tally.defects, "\n".join(f"{defect.wrong}\n{defect.sequence}" for defect in tally.defects)
    assert tally.verdicts
