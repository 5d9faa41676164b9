"""What the recorder keeps, and what it says when a revision cannot be recorded. Only for the isolated process."""

from dataclasses import dataclass, field

from psycopg import sql

from online_migrate.grammar.effects import Effect, Effects
from online_migrate.sources.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One operation of a revision."""

    sql: str
    file: str | None
    line: int
    directive: str | None
    search_path: list[str]
    python_default: str | None


class Stopped(Exception):
    """A revision cannot be recorded as it was tried."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


class Uncaptured(Stopped):
    """What the revision does depends on rows or on things outside the connection: it must run as Python."""


class NeedsScratch(Stopped):
    """A read of the catalog would have another answer once the statements recorded before it have run."""


@dataclass(slots=True)
class History:
    """What all statements recorded so far would have changed, had they been run."""

    names: set[str] = field(default_factory=set)
    created: set[tuple[str, str | None, str]] = field(default_factory=set)
    schema: bool = False
    rows: bool = False
    removes: bool = False
    unknown: bool = False

    def add(self, effects: Effects) -> None:
        """Remember one more statement."""
        self.created -= {c for c in self.created if effects.removes and c[2] in effects.names}
        if effects.creates:
            self.created.add(effects.creates)
        self.names |= effects.names
        self.schema |= effects.effect is not Effect.ROWS
        self.rows |= effects.effect is Effect.ROWS
        self.removes |= effects.removes
        self.unknown |= effects.effect in (Effect.OPAQUE, Effect.READ)

    def changes_catalog(self, name: str | None) -> bool:
        """Whether what the catalog says of one named object, or of anything, may be another afterwards."""
        return self.schema and (name is None or self.unknown or self.removes or name in self.names)

    def may_change_rows(self, effects: Effects) -> bool:
        """Whether a query of application tables may have another answer; triggers and cascades reach any table."""
        return self.unknown or self.rows or self.removes or any(name in self.names for _, name in effects.relations)


def schemas_text(schemas: list[str]) -> str:
    """Return schemas as the setting search_path takes them."""
    return sql.SQL(", ").join(map(sql.Identifier, schemas)).as_string()
