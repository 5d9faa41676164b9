"""What is there and what is chosen of it: all that the generators of statements work with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st
from psycopg import sql

from online_migrate.catalog.model import Catalog, Column, Table, UserType
from online_migrate.plan.names import RelationName

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[int]], int]
Part = str | RelationName | sql.Composable | Sequence[str]
"""A name, quoted; a relation; SQL as it is; a list of names."""
Parts = dict[str, Part]

NAMES = ("x", "Y y", "select", "größe", 'q"', "%s", "a.b", "{x}")
PUBLIC = "public"
OTHER = 'Other "s'


class NothingThere(Exception):
    """No object of the kind that a statement needs; another kind of statement is drawn."""


@dataclass(slots=True)
class Choices:
    """Chooses, as Hypothesis draws."""

    draw: Draw

    def one(self, options: Iterable[T]) -> T:
        """Choose one.

        Raises:
            NothingThere: there is none.
        """
        found = tuple(options)
        if not found:
            raise NothingThere
        return found[self.number(0, len(found) - 1)]

    def some(self, options: Sequence[T], most: int) -> tuple[T, ...]:
        """Choose one to `most` different ones, in any order.

        Raises:
            NothingThere: there is none.
        """
        left = list(options)
        chosen = [self.one(left)]
        for _ in range(min(self.number(1, most), len(left)) - 1):
            left.remove(chosen[-1])
            chosen.append(self.one(left))
        return tuple(chosen)

    def number(self, least: int, most: int) -> int:
        """Choose a number, both ends included."""
        return self.draw(st.integers(least, most))

    def chance(self, one_in: int) -> bool:
        """Return true once in so many times."""
        return self.number(1, one_in) == one_in


@dataclass(slots=True)
class Scene(Choices):
    """The database as the statements so far have left it, and the next choices.

    Attributes:
        catalog: read anew before most statements.
        made: how many names were given.
    """

    catalog: Catalog
    made: int = 0

    @property
    def version(self) -> int:
        """Major version of the server."""
        return self.catalog.server_version_num // 10000

    def name(self) -> str:
        """Return a name that was not given yet."""
        self.made += 1
        return f"{NAMES[self.number(0, len(NAMES) - 1)]}_{self.made}"

    def relation(self) -> RelationName:
        """Return a name for a new relation."""
        return RelationName(schema=OTHER if self.chance(6) else PUBLIC, name=self.name())

    def relations(self, kinds: str = "rp") -> tuple[Table, ...]:
        """Return what there is of some kinds (pg_class.relkind), in the order of names."""
        return tuple(t for _, t in sorted(self.catalog.tables.items(), key=lambda i: str(i[0])) if t.kind in kinds)

    def table(self, kinds: str = "rp") -> Table:
        """Choose a table; partitions less often than others."""
        found = self.relations(kinds)
        return self.one([t for t in found if not t.is_partition] if not self.chance(6) else found)

    def column(self, table: Table, *types: str) -> Column:
        """Choose a column of a table, of some types where they are given."""
        return self.one(c for c in table.columns if not types or c.type in types)

    def type(self, kind: str) -> UserType:
        """Choose a type of the user's."""
        return self.one(t for _, t in sorted(self.catalog.types.items(), key=lambda i: str(i[0])) if t.kind == kind)


def write(template: str, **parts: Part) -> str:
    """Return a statement, its {parts} quoted."""
    return sql.SQL(template).format(**{name: _composed(part) for name, part in parts.items()}).as_string()


def raw(text: str) -> sql.Composable:
    """Return SQL that is put in as it is."""
    return sql.SQL(text)


def _composed(part: Part) -> sql.Composable:
    match part:
        case sql.Composable():
            return part
        case RelationName(schema="public", name=name):
            return sql.Identifier(name)
        case RelationName(schema=schema, name=name):
            return sql.Identifier(schema, name)
        case str():
            return sql.Identifier(part)
        case _:
            return sql.SQL(", ").join(map(sql.Identifier, part))
