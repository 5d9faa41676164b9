"""Paths of objects, and whether what one statement does must wait for what another does.

A path starts with a relation (or a word) and narrows down: `(t,)` is the table as a whole,
`(t, "column", "c")` one column, `(t, "rows", "c")` its values. Two paths meet when one begins with the other.
"""

from dataclasses import dataclass

from online_migrate.plan.names import RelationName

Path = tuple[RelationName | str, ...]
Paths = frozenset[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """Paths read and written. A barrier is a statement that cannot be looked into: it may touch anything."""

    reads: Paths = frozenset()
    writes: Paths = frozenset()
    barrier: bool = False

    @property
    def roots(self) -> frozenset[RelationName | str]:
        """What the paths start with; those of statements that meet have one in common."""
        return frozenset(path[0] for path in (*self.reads, *self.writes))

    def depends_on(self, earlier: "Touches") -> bool:
        """Return whether these must not run before the earlier ones."""
        if self.barrier or earlier.barrier:
            return True
        return _meet(self.writes, earlier.writes | earlier.reads) or _meet(self.reads, earlier.writes)


BARRIER = Touches(barrier=True)


def _meet(some: Paths, others: Paths) -> bool:
    return any(a[: len(b)] == b or b[: len(a)] == a for a in some for b in others)
