"""Names of relations, and the lock modes that PostgreSQL knows."""

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class RelationName:
    """A table, index, view or sequence by schema and name, unquoted.

    Its text is "schema.name", as plans show it; a part that holds a dot or a quote is quoted, so that
    the text can be read back.
    """

    schema: str
    name: str

    def __str__(self) -> str:
        return ".".join(_quoted_if_ambiguous(part) for part in (self.schema, self.name))

    @classmethod
    def parse(cls, text: str) -> "RelationName":
        """Return the name that a text written by `str` stands for; raises ValueError for any other."""
        match = re.fullmatch(r'("(?:[^"]|"")*"|[^".]*)\.("(?:[^"]|"")*"|[^".]*)', text)
        if match is None:
            raise ValueError(f"not a relation name: {text}")
        schema, name = (_unquoted(part) for part in match.groups())
        return cls(schema, name)


def _quoted_if_ambiguous(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if "." in part or '"' in part else part


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


class LockMode(StrEnum):
    """Lock modes as pg_locks names them, without "Lock", weakest first.

    https://www.postgresql.org/docs/current/explicit-locking.html
    """

    ACCESS_SHARE = "AccessShare"
    ROW_SHARE = "RowShare"
    ROW_EXCLUSIVE = "RowExclusive"
    SHARE_UPDATE_EXCLUSIVE = "ShareUpdateExclusive"
    SHARE = "Share"
    SHARE_ROW_EXCLUSIVE = "ShareRowExclusive"
    EXCLUSIVE = "Exclusive"
    ACCESS_EXCLUSIVE = "AccessExclusive"

    @property
    def strength(self) -> int:
        """Place in the order above; a stronger mode conflicts with at least as much."""
        return list(LockMode).index(self)

    @property
    def blocks(self) -> str:
        """What application statements cannot do while the lock is held."""
        if self is LockMode.ACCESS_EXCLUSIVE:
            return "reads and writes"
        if self in (LockMode.SHARE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.EXCLUSIVE):
            return "writes"
        if self is LockMode.SHARE_UPDATE_EXCLUSIVE:
            return "schema changes"
        return "nothing"


@dataclass(frozen=True, slots=True, order=True)
class Lock:
    """One lock on one relation. `relation` is "schema.name"."""

    relation: RelationName
    mode: LockMode
