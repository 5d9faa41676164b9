"""What the user asked for: one PostgreSQL statement and where it came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a statement stands, for people: the file as given and the line from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One statement, or one subcommand of an ALTER TABLE, as a source captured it.

    Attributes:
        id: stable within a plan, "<revision>:<number>".
        revision: Alembic revision, or the file name of an SQL script, or None (autogenerate).
        source: file and line that caused it.
        directive: Alembic's name of the call ("add_column", "execute"), None for plain SQL.
        sql: one statement, deparsed by PostgreSQL's grammar, names as the user wrote them.
        search_path: schemas in which its unqualified names are looked up, in order.
        python_default: the model's Python-side scalar default of an added column as an SQL literal.
        uncaptured: why this is not a statement but a whole revision that must be run as Python;
            then `sql` is empty and `source` is the line that caused it.
    """

    id: str
    revision: str | None
    source: Source | None
    directive: str | None
    sql: str
    search_path: tuple[str, ...]
    python_default: str | None = None
    uncaptured: str | None = None
