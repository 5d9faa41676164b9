"""A mapping that is another one with a few entries changed."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MOST = 64
_ABSENT: Final[Any] = object()
_GONE: Final[Any] = object()


class Layered(MutableMapping[K, V]):
    """Costs what differs from the mapping below, not what is in it; that one is shared and never changed.

    A catalog of a thousand tables is made anew for each of a thousand statements, and each changes one or two.
    """

    __slots__ = ("_below", "_changes")

    def __init__(self, below: Mapping[K, V]) -> None:
        self._changes: dict[K, V] = {}
        self._below = below
        if isinstance(below, Layered):
            self._below, self._changes = below.parts()

    def parts(self) -> tuple[Mapping[K, V], dict[K, V]]:
        """Return the mapping below and a copy of the changes; where these are many, one mapping and no changes."""
        if len(self._changes) < _MOST:
            return self._below, dict(self._changes)
        merged = {**self._below, **self._changes}
        for key in [key for key, value in self._changes.items() if value is _GONE]:
            del merged[key]
        return merged, {}

    def __getitem__(self, key: K) -> V:
        found: V = self._changes.get(key, _ABSENT)
        if found is _ABSENT:
            return self._below[key]
        if found is _GONE:
            raise KeyError(key)
        return found

    def __setitem__(self, key: K, value: V) -> None:
        self._changes[key] = value

    def __delitem__(self, key: K) -> None:
        if key not in self:
            raise KeyError(key)
        self._changes[key] = _GONE

    def __contains__(self, key: object) -> bool:
        changes: Mapping[Any, V] = self._changes
        found = changes.get(key, _ABSENT)
        return key in self._below if found is _ABSENT else found is not _GONE

    def __iter__(self) -> Iterator[K]:
        yield from (key for key in self._below if self._changes.get(key) is not _GONE)
        yield from (key for key, value in self._changes.items() if value is not _GONE and key not in self._below)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __len__(self) -> int:
        gone = sum(value is _GONE for value in self._changes.values())
        changed = sum(key in self._below for key in self._changes)
        # What is gone was below, or came and went here: then it counts in neither.
        return len(self._below) + len(self._changes) - changed - gone
