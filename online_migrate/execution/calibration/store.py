"""Keeps what was measured in the journal, where every plan finds it."""

from collections.abc import Mapping

import psycopg

from online_migrate.execution import schema
from online_migrate.execution.queries import query


def store(connection: psycopg.Connection, measured: Mapping[str, float]) -> None:
    """Put the rates in place of those of an earlier calibration."""
    with connection.transaction():
        connection.execute(b"DELETE FROM online_migrate.rates")
        connection.execute(
            query("calibration/store"), {"names": list(measured), "seconds": [float(s) for s in measured.values()]}
        )


def calibrated_on(connection: psycopg.Connection) -> tuple[str, int] | None:
    """Return the day of the calibration and the major version of the server it was made on; None without one."""
    if not schema.exists(connection) or schema.versions(connection)[0] < 2:
        return None
    row = connection.execute(query("calibration/stored")).fetchone()
    return (row[0], row[1]) if row is not None else None
