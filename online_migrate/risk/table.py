"""The risk table: a row for each type of migration, read from risk_table.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationType:
    """A row: what one type of migration does on a large table when run naively.

    Attributes:
        name: what `Assessment.migration_type` says.
        parent: the row of the top it belongs to; None for the four at the top.
        duration: typical, in words.
        blocking: "Minimal", "Moderate", "High" or "Very High".
        approach: the recommended one.
        lock: mode and where, in words.
        rewrites: whether a table's storage is written anew, in words.
        scans: whether rows are read in bulk, in words.
        old_code: "works", "breaks", or "no moment suits" where new code fails before and old code after.
        data_loss: what is lost, in words.
        since: the first major version of PostgreSQL that has it, 14 for all before.
        link: PostgreSQL's documentation.
    """

    name: str
    parent: str | None = None
    duration: str
    blocking: str
    approach: str
    lock: str
    rewrites: str
    scans: str
    old_code: str
    data_loss: str
    since: int
    link: str


@cache
def risk_table() -> tuple[MigrationType, ...]:
    """Return all rows: the four of the top first, then the finer ones."""
    text = files("online_migrate.risk").joinpath("risk_table.toml").read_text(encoding="utf-8")
    return tuple(MigrationType(**row) for row in tomllib.loads(text)["row"])


def migration_type(name: str) -> MigrationType:
    """Return a row by its name, in any case of letters.

    Raises:
        KeyError: there is no such row.
    """
    rows = {row.name.lower(): row for row in risk_table()}
    return rows[name.lower()]
