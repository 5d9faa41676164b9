"""What every statement is."""

from dataclasses import dataclass
from typing import ClassVar

from online_migrate.plan.names import RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Base of all kinds. `sql` is the whole statement, relations qualified."""

    kind: ClassVar[str] = "other"

    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatement(Statement):
    """A statement about one table."""

    table: RelationName
    only: bool = False
    if_exists: bool = False
