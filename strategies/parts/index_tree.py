"""An index of a partitioned table with those of its partitions, which belong to it."""

from collections.abc import Iterator
from dataclasses import dataclass

from online_migrate.catalog.model import Catalog, Index, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexTree:
    """An index, the table that has it, and below it the indexes of that table's partitions; of a plain table none."""

    table: Table
    index: Index
    children: tuple["IndexTree", ...] = ()

    def members(self) -> Iterator["IndexTree"]:
        """Yield this one and all below it, each before those that belong to it."""
        yield self
        for child in self.children:
            yield from child.members()

    def leaves(self) -> Iterator["IndexTree"]:
        """Yield those of the tables that hold rows: itself, or those of the partitions."""
        return (member for member in self.members() if member.table.kind != "p")


def of(table: Table, index: Index, catalog: Catalog) -> IndexTree:
    """Return an index of a table with those of the partitions."""
    children = (catalog.tables[child] for child in table.children if child in catalog.tables)
    return IndexTree(
        table=table,
        index=index,
        children=tuple(of(child, i, catalog) for child in children for i in child.indexes if i.parent == index.name),
    )
