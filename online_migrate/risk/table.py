"""The risk table: a row for each type of migration, read from risk_table.toml."""

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from online_migrate.errors import MigrationTypeUnknown
from online_migrate.plan.names import LockMode


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalLock:
    """A lock that a type of migration takes: `on` what, in words; without a mode it depends on the statement."""

    on: str
    mode: LockMode | None = None

    @property
    def blocks(self) -> str:
        """What application statements cannot do while it is held."""
        return self.mode.blocks if self.mode is not None else "depends"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationType:
    """A row: what one type of migration does on a large table when run naively.

    Attributes:
        name: what `Assessment.migration_type` says.
        parent: the row of the top it belongs to; None for the four at the top.
        duration: typical, in words.
        blocking: "Minimal", "Moderate", "High" or "Very High".
        approach: the recommended one.
        instead: why it has no online form, and what to use instead; None where it has one or needs none.
        locks: on which relations, strongest first as far as they differ.
        rewrites: whether a table's storage is written anew, in words.
        scans: whether rows are read in bulk, in words.
        old_code: what becomes of code that was there before: "works", "breaks", or where it breaks.
        new_code: what becomes of code made for the change: "works" before it too, "needs it first", "fails until then".
        data_loss: what is lost, in words.
        since: the first major version of PostgreSQL that has it, 14 for all before.
        until: the last one; None where every later version has it.
        link: PostgreSQL's documentation.
    """

    name: str
    parent: str | None = None
    duration: str
    blocking: str
    approach: str
    locks: tuple[TypicalLock, ...]
    rewrites: str
    scans: str
    old_code: str
    new_code: str
    data_loss: str
    since: int
    until: int | None = None
    link: str
    instead: str | None = None


@cache
def risk_table() -> tuple[MigrationType, ...]:
    """Return all rows: the four of the top first, then the finer ones."""
    text = files("online_migrate.risk").joinpath("risk_table.toml").read_text(encoding="utf-8")
    return tuple(
        MigrationType(**{**row, "locks": tuple(_lock(**lock) for lock in row["locks"])})
        for row in tomllib.loads(text)["row"]
    )


def _lock(*, on: str, mode: str | None = None) -> TypicalLock:
    return TypicalLock(on=on, mode=LockMode(mode) if mode is not None else None)


def migration_type(name: str) -> MigrationType:
    """Return a row by its name, in any case of letters.

    Raises:
        MigrationTypeUnknown: there is no such row; the hint has the names nearest to it.
    """
    rows = {row.name.lower(): row for row in risk_table()}
    wanted = " ".join(name.lower().split())
    if wanted not in rows:
        near = [n for n in rows if wanted and wanted in n] or get_close_matches(wanted, rows, n=5, cutoff=0.5)
        raise MigrationTypeUnknown(name, tuple(rows[n].name for n in near[:5]))
    return rows[wanted]


def below(top: MigrationType) -> tuple[MigrationType, ...]:
    """Return the finer rows of one of the four."""
    return tuple(row for row in risk_table() if row.parent == top.name)
