"""The table that is changed, and databases that hold a fresh one."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg

from benchmarks.model import WrongResult
from benchmarks.stand import Stand
from online_migrate.embedded import Server

_MIB = 2**20
FULL_NAME = "full_name"
"""The column that is filled: a text of two others."""
POINTS = "points"
"""Another: eight bytes, computed from a number."""


def query(name: str) -> bytes:
    """Return the text of sql/<name>.sql."""
    return files("benchmarks").joinpath("sql", f"{name}.sql").read_bytes()


def load(server: Server, database: str, rows: int) -> str:
    """Create a database with that many accounts and three indexes, vacuumed and analysed; return its URL."""
    url = server.create_database(database)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(query("account"))
        psycopg.RawCursor(connection).execute(query("fill_account"), [rows])
        connection.execute(query("index_account"))
        settle(connection)
    return url


def settle(connection: psycopg.Connection) -> None:
    """Leave nothing to do for later that would fall on whatever is measured next."""
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


@contextmanager
def fresh(stand: Stand, rows: int) -> Iterator[str]:
    """Give the URL of a database with that many accounts as nobody has changed them yet, dropped afterwards."""
    template = f"accounts_{rows}"
    with psycopg.connect(stand.server.url(), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [template]).fetchone() is None:
            stand.say(f"making a table of {rows:,} rows")
            load(stand.server, template, rows)
        url = stand.server.create_database("measured", template=template)
    with psycopg.connect(url, autocommit=True) as connection:
        settle(connection)  # a copy has the statistics of planning, not those of activity
    try:
        yield url
    finally:
        stand.server.drop_database("measured")


def bytes_of(connection: psycopg.Connection) -> int:
    """Return the size of the accounts with their indexes."""
    row = connection.execute("SELECT pg_total_relation_size('account')").fetchone()
    assert row is not None
    return int(row[0])


def wal_mb(connection: psycopg.Connection) -> float:
    """Return how much WAL the server has written since it was made."""
    row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
    assert row is not None
    return float(row[0]) / _MIB


def hot_share(connection: psycopg.Connection) -> float:
    """Return the share of updates so far that touched no index."""
    row = connection.execute(query("hot_share")).fetchone()
    assert row is not None
    return float(row[0])


def verify(connection: psycopg.Connection, rows: int | None, column: str = FULL_NAME) -> None:
    """Look at every row: the column is what it must be, nothing else has changed, no row is missing.

    Args:
        rows: how many there must be; None where traffic has changed and added some.

    Raises:
        WrongResult: otherwise.
    """
    found = connection.execute(query("kept")).fetchone()
    assert found is not None
    count, kept, made = found
    wrong = wrong_rows(connection, column)
    if wrong or (rows is not None and (count != rows or kept != made)):
        raise WrongResult(f"{count:,} rows, {wrong:,} with a wrong {column}; checksum {kept}, expected {made}")


def wrong_rows(connection: psycopg.Connection, column: str = FULL_NAME) -> int:
    """Return in how many rows the column is not what it must be."""
    row = connection.execute(query(f"wrong_{column}")).fetchone()
    assert row is not None
    return int(row[0])
