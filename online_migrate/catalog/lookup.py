"""What a name belongs to and what refers to it, found without a walk over every table."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from online_migrate.catalog.layered import Layered
from online_migrate.plan.names import RelationName

if TYPE_CHECKING:
    from online_migrate.catalog.model import Catalog, Table


@dataclass(slots=True, kw_only=True)
class Lookup:
    """Names in use, derived from the tables and sequences.

    Attributes:
        tables, sequence_owners: what it describes; it is worthless for any other.
        indexes: the table of each index.
        constraints: how many tables of a schema have a constraint of a name.
        referrers: the tables with foreign keys to a table.
        owned: the sequences that columns of a table own.
    """

    tables: Mapping[RelationName, Table]
    sequence_owners: Mapping[RelationName, tuple[RelationName, str]]
    indexes: MutableMapping[RelationName, RelationName] = field(default_factory=dict)
    constraints: MutableMapping[tuple[str, str], int] = field(default_factory=dict)
    referrers: MutableMapping[RelationName, frozenset[RelationName]] = field(default_factory=dict)
    owned: MutableMapping[RelationName, frozenset[RelationName]] = field(default_factory=dict)

    def describes(self, catalog: Catalog) -> bool:
        """Whether it was derived from just this catalog."""
        return self.tables is catalog.tables and self.sequence_owners is catalog.sequence_owners

    def copy(self) -> Lookup:
        """Return one to change."""
        return replace(
            self,
            indexes=Layered(self.indexes),
            constraints=Layered(self.constraints),
            referrers=Layered(self.referrers),
            owned=Layered(self.owned),
        )

    def count(self, table: Table) -> None:
        """Take a table's names in."""
        for index in table.indexes:
            self.indexes[index.name] = table.name
        for constraint in table.constraints:
            key = (table.name.schema, constraint.name)
            self.constraints[key] = self.constraints.get(key, 0) + 1
            if constraint.referenced is not None:
                others = self.referrers.get(constraint.referenced, frozenset())
                self.referrers[constraint.referenced] = others | {table.name}

    def discount(self, table: Table) -> None:
        """Take a table's names out."""
        for index in table.indexes:
            self.indexes.pop(index.name, None)
        for constraint in table.constraints:
            key = (table.name.schema, constraint.name)
            self.constraints[key] = self.constraints.get(key, 0) - 1
            if constraint.referenced is not None:
                others = self.referrers.get(constraint.referenced, frozenset())
                self.referrers[constraint.referenced] = others - {table.name}

    def own(self, sequence: RelationName, table: RelationName) -> None:
        """Take the owner of a sequence in."""
        self.owned[table] = self.owned.get(table, frozenset()) | {sequence}

    def disown(self, sequence: RelationName, table: RelationName) -> None:
        """Take the owner of a sequence out."""
        self.owned[table] = self.owned.get(table, frozenset()) - {sequence}


def of(catalog: Catalog) -> Lookup:
    """Return the lookup of a catalog, not to be changed: the one it carries, or one that it carries from now on."""
    known = catalog.lookup
    if not isinstance(known, Lookup) or not known.describes(catalog):
        known = Lookup(tables=catalog.tables, sequence_owners=catalog.sequence_owners)
        for table in catalog.tables.values():
            known.count(table)
        for sequence, (owner, _) in catalog.sequence_owners.items():
            known.own(sequence, owner)
        # Derived from the frozen fields, and so no change of them.
        object.__setattr__(catalog, "lookup", known)
    return known
