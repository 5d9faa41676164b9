"""How far the build of an index is, as the server tells it."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from online_migrate.execution.queries import query
from online_migrate.plan.names import RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexProgress:
    """What a build is at.

    Attributes:
        phase: in the server's words, such as "building index: scanning table" or "waiting for old snapshots".
        fraction: share of that phase that is done, 0 to 1; None where it counts nothing.
    """

    phase: str
    fraction: float | None

    @property
    def waits(self) -> bool:
        """Whether it does nothing but wait for transactions of others."""
        return self.phase.startswith("waiting for ")


def index_progress(connection: psycopg.Connection, index: RelationName) -> IndexProgress | None:
    """Return how far the build of the index is, None where nobody builds it or the role may not see who does.

    Source: https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING
    """
    with connection.cursor(row_factory=class_row(IndexProgress)) as cursor:
        return cursor.execute(query("index_progress"), {"schema": index.schema, "name": index.name}).fetchone()
