"""What the rules of a review look at: the changes of a plan in order, and the catalog before and after them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.names import RelationName
from online_migrate.planner.changes import UNCAPTURED, Walked
from online_migrate.policy import Policy
from online_migrate.strategies.interface import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A plan before it is put into phases.

    Attributes:
        walked: every change, with the catalog as it finds it.
        live: the catalog as it is now.
        after: the catalog when all is done.
        mapped: table to the columns that the models map, None where there are no models to ask.
    """

    walked: tuple[Walked, ...]
    live: Catalog
    after: Catalog
    policy: Policy
    mapped: Mapping[RelationName, frozenset[str]] | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, in order."""
        return tuple(w.change for w in self.walked)

    @property
    def by_revision(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """The changes of each revision, under a name for people, without what runs as Python."""
        known = (c for c in self.changes if kind_of(c.statement) != UNCAPTURED)
        groups = groupby(known, key=lambda c: c.operation.revision)
        return tuple((f"revision {name}" if name else "the difference", tuple(group)) for name, group in groups)

    @property
    def touched(self) -> tuple[Table, ...]:
        """The tables that changes are about, as they are after all, in the order first named; no partitions."""
        names = (c.statement.table for c in self.changes if isinstance(c.statement, s.TableStatement | s.CreateTable))
        tables = (self.after.table(name) for name in dict.fromkeys(names))
        return tuple(t for t in tables if t is not None and t.kind in "rp" and not t.is_partition)

    def new_constraints(self, table: Table) -> tuple[TableConstraint, ...]:
        """Return the constraints of a table that it has not now."""
        before = self.live.table(table.name)
        known = {c.name for c in before.constraints} if before is not None else set()
        return tuple(c for c in table.constraints if c.name not in known and not c.inherited)


def whole(
    walked: Sequence[Walked], live: Catalog, policy: Policy, mapped: Mapping[RelationName, frozenset[str]] | None
) -> Whole:
    """Return what the rules look at; the catalog after all is that after the last change."""
    after = live
    if walked:
        last = walked[-1]
        captured = kind_of(last.change.statement) != UNCAPTURED
        after = apply(last.catalog, last.change.statement) if captured else last.catalog
    return Whole(walked=tuple(walked), live=live, after=after, policy=policy, mapped=mapped)
