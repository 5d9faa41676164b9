"""Paths of objects, and whether what one statement does must wait for what another does.

A path starts with a relation (or a word) and narrows down: `(t,)` is the table as a whole,
`(t, "column", "c")` one column, `(t, "rows", "c")` its values. Two paths meet when one begins with the other.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from online_migrate.plan.names import RelationName

Path = tuple[RelationName | str, ...]
Paths = frozenset[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """Paths read and written. A barrier is a statement that cannot be looked into: it may touch anything else too."""

    reads: Paths = frozenset()
    writes: Paths = frozenset()
    barrier: bool = False

    @property
    def known(self) -> "Touches":
        """What is known to be touched, also by a barrier."""
        return replace(self, barrier=False)

    def needs(self, earlier: "Touches") -> bool:
        """Whether what is known of both says that it must not run before the other."""
        if not (self.reads or self.writes) or not (earlier.reads or earlier.writes):
            return False
        record = Record()
        record.add(0, earlier.known)
        return bool(record.needed_by(self.known))

    def also(self, names: Mapping[RelationName, RelationName]) -> "Touches":
        """Return what is touched, each relation also under the name that `names` has for it."""
        reads, writes = (paths | _renamed(paths, names) for paths in (self.reads, self.writes))
        return replace(self, reads=reads, writes=writes)


def _renamed(paths: Paths, names: Mapping[RelationName, RelationName]) -> Paths:
    return frozenset((names[head], *rest) for head, *rest in paths if isinstance(head, RelationName) and head in names)


BARRIER = Touches(barrier=True)


class Record:
    """What numbered statements touch. Asking it costs what meets, not what is there."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._barriers: set[int] = set()
        self._written = _Index()
        self._touched = _Index()

    def add(self, number: int, touches: Touches) -> None:
        """Take in what a statement touches."""
        self._numbers.add(number)
        if touches.barrier:
            self._barriers.add(number)
        self._written.add(number, touches.writes)
        self._touched.add(number, touches.writes | touches.reads)

    def needed_by(self, touches: Touches) -> set[int]:
        """Return the statements that one which touches these must not run before."""
        if touches.barrier:
            return set(self._numbers)
        return self._barriers.union(self._written.meeting(touches.reads), self._touched.meeting(touches.writes))


class _Index:
    """The numbers at each path."""

    def __init__(self) -> None:
        self._at: dict[Path, set[int]] = defaultdict(set)
        self._below: dict[Path, set[int]] = defaultdict(set)

    def add(self, number: int, paths: Paths) -> None:
        for path in paths:
            self._at[path].add(number)
            for prefix in _prefixes(path):
                self._below[prefix].add(number)

    def meeting(self, paths: Paths) -> set[int]:
        found: set[int] = set()
        for path in paths:
            found.update(self._at.get(path, ()), self._below.get(path, ()))
            for prefix in _prefixes(path):
                found.update(self._at.get(prefix, ()))
        return found


def _prefixes(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(1, len(path)))
