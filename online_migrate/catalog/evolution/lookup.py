"""What a name belongs to and what refers to it, kept from statement to statement: no scan of every table for each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from online_migrate.catalog.model import Catalog, Table
from online_migrate.plan.names import RelationName


@dataclass(slots=True, kw_only=True)
class Lookup:
    """Names in use, derived from the tables.

    Attributes:
        tables: the mapping that it describes; it is worthless for any other.
        indexes: the table of each index.
        constraints: how many tables of a schema have a constraint of a name.
        referrers: the tables with foreign keys to a table.
    """

    tables: Mapping[RelationName, Table]
    indexes: dict[RelationName, RelationName] = field(default_factory=dict)
    constraints: Counter[tuple[str, str]] = field(default_factory=Counter)
    referrers: dict[RelationName, frozenset[RelationName]] = field(default_factory=dict)

    def count(self, table: Table) -> None:
        """Take a table's names in."""
        for index in table.indexes:
            self.indexes[index.name] = table.name
        for constraint in table.constraints:
            self.constraints[table.name.schema, constraint.name] += 1
            if constraint.referenced is not None:
                others = self.referrers.get(constraint.referenced, frozenset())
                self.referrers[constraint.referenced] = others | {table.name}

    def discount(self, table: Table) -> None:
        """Take a table's names out."""
        for index in table.indexes:
            self.indexes.pop(index.name, None)
        for constraint in table.constraints:
            self.constraints[table.name.schema, constraint.name] -= 1
            if constraint.referenced is not None:
                others = self.referrers.get(constraint.referenced, frozenset())
                self.referrers[constraint.referenced] = others - {table.name}


def of(catalog: Catalog) -> Lookup:
    """Return the lookup of a catalog, to change: a copy of the one it carries, or a new one."""
    known = catalog.lookup
    if isinstance(known, Lookup) and known.tables is catalog.tables:
        return replace(
            known,
            indexes=dict(known.indexes),
            constraints=known.constraints.copy(),
            referrers=dict(known.referrers),
        )
    lookup = Lookup(tables=catalog.tables)
    for table in catalog.tables.values():
        lookup.count(table)
    return lookup
