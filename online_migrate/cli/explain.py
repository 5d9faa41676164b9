"""`online-migrate explain`."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap
from typing import Any

import click

from online_migrate.risk.document import lock_words, versions
from online_migrate.risk.table import MigrationType, below, migration_type, risk_table

_WIDTH = 80
_LABEL = 11


@click.command("explain")
@click.argument("name", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people, or as JSON.")
def command(name: tuple[str, ...], form: str) -> None:
    """Print what a type of migration does to a large table.

    NAME is a row of the risk table, such as Add Index; without it the whole table is listed. No database is needed.
    """
    rows = (migration_type(" ".join(name)),) if name else risk_table()
    if form == "json":
        data = [_data(row) for row in rows]
        click.echo(json.dumps(data[0] if name else data, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_row(rows[0]) if name else _table()))


def _row(row: MigrationType) -> Iterator[str]:
    yield row.name if row.parent is None else f"{row.name} (a kind of {row.parent})"
    locks = [lock_words(lock) for lock in row.locks] or ["none"]
    yield from _field("Duration", row.duration)
    yield from _field("Blocking", row.blocking)
    yield from _field("Approach", row.approach)
    if row.instead is not None:
        yield from _field("Instead", row.instead)
    for number, lock in enumerate(locks):
        yield from _field("" if number else "Locks", lock)
    yield from _field("Rewrites", row.rewrites)
    yield from _field("Scans", row.scans)
    yield from _field("Old code", row.old_code)
    yield from _field("New code", row.new_code)
    yield from _field("Data loss", row.data_loss)
    yield from _field("PostgreSQL", versions(row))
    # An address stays in one piece.
    yield f"  {'See':<{_LABEL}}{row.link}"
    if finer := below(row):
        yield from ("", "Finer types:")
        yield from (f"  {kind.name}" for kind in finer)


def _field(label: str, text: str) -> Iterator[str]:
    for number, line in enumerate(wrap(text, _WIDTH - _LABEL - 2)):
        yield f"  {'' if number else label:<{_LABEL}}{line}"


def _table() -> Iterator[str]:
    tops = [row for row in risk_table() if row.parent is None]
    titles = ("Migration type", "Typical duration", "Blocking", "Approach")
    for cells in (titles, *((row.name, row.duration, row.blocking, row.approach) for row in tops)):
        yield f"{cells[0]:<17}{cells[1]:<19}{cells[2]:<12}{cells[3]}"
    for top in tops:
        yield from ("", f"{f'Kinds of {top.name}':<54}Blocking")
        yield from (f"  {kind.name:<52}{kind.blocking}" for kind in below(top))
    yield from ("", "One of them: online-migrate explain NAME")


def _data(row: MigrationType) -> dict[str, Any]:
    locks = [{"mode": lock.mode, "on": lock.on, "blocks": lock.blocks} for lock in row.locks]
    return {**asdict(row), "locks": locks}
