"""How the migration's own connection stands: whether other connections may do a part of its work."""

from dataclasses import dataclass
from importlib.resources import files

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from online_migrate.grammar.compose import quote


@dataclass(frozen=True, slots=True)
class Subject:
    """The table that a helper is about."""

    table: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the migration's connection sees of a table, and of its own rights.

    Attributes:
        known: there is such a table.
        changed: the open transaction has changed the table's definition and not committed that.
        same_role: no SET ROLE is in force.
        may_journal: the schema online_migrate can be written, or made.
    """

    known: bool
    changed: bool
    same_role: bool
    may_journal: bool
    search_path: tuple[str, ...]


def read(context: MigrationContext, subject: Subject) -> Standing:
    """Return how the connection stands towards a table. Takes no lock."""
    statement = sa.text(files(__package__).joinpath("sql", "standing.sql").read_text(encoding="utf-8"))
    names = (subject.schema, subject.table) if subject.schema else (subject.table,)
    row = _connection(context).execute(statement, {"name": ".".join(map(quote, names))}).mappings().one()
    return Standing(**{**row, "search_path": tuple(row["search_path"])})


def is_small(context: MigrationContext, subject: Subject, most: int) -> bool:
    """Return whether a table has that many rows at most. Reads as many and one more; ACCESS SHARE."""
    table = sa.table(subject.table, schema=subject.schema)
    rows = sa.select(sa.literal_column("1")).select_from(table).limit(most + 1).subquery()
    found = _connection(context).execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()
    return int(found) <= most


def _connection(context: MigrationContext) -> sa.Connection:
    assert context.connection is not None
    return context.connection
