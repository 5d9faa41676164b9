"""A database and the revisions that it goes through."""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """What is tried.

    Attributes:
        setup: statements that make the database as it is before; those that fail are passed over.
        revisions: statements by revision.
        apart: each revision is a deploy of its own; else all of them make one plan.
        stop_after: the number of steps after which the first deploy is aborted once, before it is run in full; 0: it
            is not.
        small: tables are treated by their size, so that most changes of tables as small as these run as written.
    """

    setup: tuple[str, ...]
    revisions: tuple[tuple[str, ...], ...]
    apart: bool = False
    stop_after: int = 0
    small: bool = False

    def __str__(self) -> str:
        heads = [f"-- {'a deploy each' if self.apart else 'one deploy'}, aborted after {self.stop_after} steps first"]
        parts = [["-- before:", *self.setup], *(["-- revision:", *revision] for revision in self.revisions)]
        return "\n".join([*heads, *(line if line.startswith("--") else f"{line};" for part in parts for line in part)])


def run_setup(connection: psycopg.Connection, statements: Iterable[str]) -> None:
    """Make the database as it is before."""
    for statement in statements:
        run_one(connection, statement)


def run_as_written(connection: psycopg.Connection, revisions: Iterable[Iterable[str]]) -> psycopg.Error | None:
    """Run each statement in order; return what the first one to fail says."""
    for revision in revisions:
        for statement in revision:
            if (error := run_one(connection, statement)) is not None:
                return error
    return None


def run_one(connection: psycopg.Connection, statement: str) -> psycopg.Error | None:
    """Run a statement by itself; return the error where it fails."""
    try:
        connection.execute(statement.encode())
    except psycopg.Error as error:
        return error
    return None


def refused_by_rows(error: psycopg.Error) -> bool:
    """Whether a statement is right, but not for the rows that are there: classes 22 and 23 of SQLSTATE."""
    return (error.sqlstate or "").startswith(("22", "23"))
