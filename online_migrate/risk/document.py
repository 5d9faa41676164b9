"""docs/risk-table.md, made from the risk table: `python -m online_migrate.risk.document > docs/risk-table.md`."""

from collections.abc import Iterable, Iterator

from online_migrate.risk.table import MigrationType, TypicalLock, below, risk_table

_INTRODUCTION = """\
# The risk table

What each type of migration does on a large table if it is run naively. Made from `online_migrate/risk/risk_table.toml`;
`online-migrate explain NAME` prints a row. A plan says what a statement does on your tables, as they are: there small
tables count less, and a NOT NULL that a CHECK proves is no scan. Rows are held against PostgreSQL 14 to 18: no
statement of the tests takes a lock, rewrites or scans where its row says that it does not (`make matrix`).
"""


def document() -> str:
    """Return the whole page."""
    tops = [row for row in risk_table() if row.parent is None]
    parts = [_INTRODUCTION, *_table(("Migration type", "Typical duration", "Blocking", "Approach"), map(_brief, tops))]
    for top in tops:
        parts.append(f"\n## {top.name}\n")
        parts += _table(("", "Typical duration", "Blocking", "Approach"), map(_brief, (top, *below(top))))
        parts.append("")
        parts += _table(("", "Locks, and what they block", "Rewrite", "Scan"), map(_work, (top, *below(top))))
        parts.append("")
        titles = ("", "Old code", "New code", "Data loss", "PostgreSQL", "Documentation")
        parts += _table(titles, map(_consequences, (top, *below(top))))
    return "\n".join(parts) + "\n"


def lock_words(lock: TypicalLock) -> str:
    """Return one lock in words: the mode, on what, and what waits."""
    return f"{lock.mode} on {lock.on}: blocks {lock.blocks}" if lock.mode is not None else lock.on


def versions(row: MigrationType) -> str:
    """Return the major versions that have it, in words."""
    if row.until is not None:
        return f"{row.since} to {row.until}"
    return f"{row.since} and later"


def _brief(row: MigrationType) -> tuple[str, ...]:
    return (row.name, row.duration, row.blocking, " ".join(filter(None, (row.approach, row.instead))))


def _work(row: MigrationType) -> tuple[str, ...]:
    return (row.name, "<br>".join(map(lock_words, row.locks)) or "none", row.rewrites, row.scans)


def _consequences(row: MigrationType) -> tuple[str, ...]:
    return (row.name, row.old_code, row.new_code, row.data_loss, versions(row), f"[read]({row.link})")


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    print(document(), end="")
