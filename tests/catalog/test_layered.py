"""A layered mapping is a dict, however deep it is layered, and never changes the mapping below."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from online_migrate.catalog.layered import Layered

Change = tuple[int, int | None]
"""A key with its new value; None takes the key out."""

KEYS = st.integers(0, 100)


@given(below=st.dictionaries(KEYS, st.integers()), rounds=st.lists(st.lists(st.tuples(KEYS, st.none() | KEYS))))
def test_a_layered_mapping_is_a_dict(below: dict[int, int], rounds: Sequence[Sequence[Change]]) -> None:
    expected = dict(below)
    layered: Layered[int, int] = Layered(below)
    for changes in rounds:
        before, was = layered, dict(layered)
        layered = Layered(layered)
        for key, value in changes:
            if value is not None:
                layered[key] = expected[key] = value
            elif key in expected:
                del layered[key], expected[key]
        assert dict(layered) == expected
        assert len(layered) == len(expected)
        assert bool(layered) == bool(expected)
        assert all((key in layered) == (key in expected) for key in range(101))
        assert dict(before) == was
