"""Statements that change or read rows."""

from dataclasses import dataclass
from typing import ClassVar

from online_migrate.grammar.base import Statement, TableStatement
from online_migrate.grammar.definitions import Assignment
from online_migrate.plan.names import RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(TableStatement):
    """UPDATE of one table.

    Attributes:
        assignments: empty where a multi-column assignment cannot be taken apart.
        assigned_columns: every column that is assigned.
        same_columns: those of them that are assigned what they hold, so that only triggers make a difference.
        where: deparsed predicate.
        other_relations: relations named in FROM and in sub-queries, the target included when they read it.
        reads_columns: columns of the target that SET expressions read.
        where_columns: columns of the target that WHERE reads.
        null_columns: assigned columns that are NULL in every row that WHERE lets through.
        functions: function names called anywhere, as written (lower case, schema dropped).
        has_from, has_subquery, has_returning, has_with: what else it contains.
        writes: tables that its data-changing CTEs change.
    """

    kind: ClassVar[str] = "update"
    alias: str | None
    assignments: tuple[Assignment, ...]
    assigned_columns: tuple[str, ...]
    where: str | None
    other_relations: tuple[RelationName, ...]
    reads_columns: tuple[str, ...]
    where_columns: tuple[str, ...]
    functions: tuple[str, ...]
    has_from: bool = False
    has_subquery: bool = False
    has_returning: bool = False
    has_with: bool = False
    writes: tuple[RelationName, ...] = ()
    same_columns: tuple[str, ...] = ()
    null_columns: tuple[str, ...] = ()

    @property
    def changed_columns(self) -> tuple[str, ...]:
        """Columns whose values may be others afterwards."""
        return tuple(column for column in self.assigned_columns if column not in self.same_columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(TableStatement):
    # Attributes as those of Update.
    kind: ClassVar[str] = "delete"
    where: str | None
    other_relations: tuple[RelationName, ...]
    functions: tuple[str, ...] = ()
    has_returning: bool = False
    has_with: bool = False
    writes: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(TableStatement):
    # `from_query`: rows come from a SELECT over tables, not from VALUES.
    kind: ClassVar[str] = "insert"
    columns: tuple[str, ...]
    from_query: bool
    other_relations: tuple[RelationName, ...]
    writes: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Statement):
    """A SELECT. `writes` names tables that a data-changing CTE changes."""

    kind: ClassVar[str] = "select"
    relations: tuple[RelationName, ...]
    writes: tuple[RelationName, ...] = ()
    functions: tuple[str, ...] = ()
