"""Whether estimates rest on what this server was measured at."""

import psycopg

from online_migrate.execution.calibration.store import calibrated_on
from online_migrate.execution.doctor.model import Diagnosis, fine, warning

AGAIN = "Run `online-migrate doctor --calibrate` again."


def estimates(connection: psycopg.Connection) -> Diagnosis:
    """Whether the server was calibrated, in its present major version."""
    found = calibrated_on(connection)
    if found is None:
        return fine("estimates", "By documented rates. `online-migrate doctor --calibrate` measures this server's.")
    day, major = found
    now = connection.info.server_version // 10000
    if major != now:
        return warning("estimates", f"Calibrated {day} on PostgreSQL {major}, which is {now} by now: not used.", AGAIN)
    return fine("estimates", f"Calibrated {day}.")
