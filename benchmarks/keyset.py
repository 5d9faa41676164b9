"""Batches by key as others run them: a loop over the primary key, one transaction for each batch, no verification."""

import psycopg

from benchmarks.product import Batch
from benchmarks.tables import FULL_NAME, query
from online_migrate.clock import Clock

BATCH_ROWS = 1000


def add_column(url: str, column: str = FULL_NAME) -> None:
    """Add the column that is to be filled."""
    with psycopg.connect(url) as connection:
        connection.execute(query(f"add_{column}"))


def fill(url: str, clock: Clock, column: str = FULL_NAME, *, rows: int = BATCH_ROWS) -> list[Batch]:
    """Fill the column in ascending batches of that many rows; the statement is pgroll's, without its flag column."""
    batches: list[Batch] = []
    last = 0
    with psycopg.connect(url, application_name="keyset batches") as connection:
        while True:
            started = clock.now()
            with connection.transaction(), psycopg.RawCursor(connection) as cursor:
                found = cursor.execute(query(f"keyset_{column}"), [last, rows]).fetchone()
            assert found is not None
            changed, reached = found
            if not changed:
                return batches
            last = reached
            batches.append(Batch(at=clock.now(), seconds=clock.now() - started, rows=changed))
