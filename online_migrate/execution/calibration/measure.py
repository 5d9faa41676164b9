"""Measures how long a server takes for a row and for a byte of each kind of work.

All of it happens on tables of its own in one transaction that is rolled back: however it ends, nothing of it stays.
"""

from statistics import median

import psycopg

from online_migrate.clock import Clock
from online_migrate.execution.calibration.bench import Bench, Sample, fit, per_row, too_slow
from online_migrate.execution.queries import query

ROWS = 60_000
STATEMENT_MS = 20_000
BATCH_ROWS = 1000
COMMITS = 15
# It says what holds already, and writes the catalog all the same.
CHANGE_OF_CATALOG = b"ALTER TABLE online_migrate.rates ALTER COLUMN seconds SET STATISTICS -1"


def measure(connection: psycopg.Connection, clock: Clock, *, rows: int = ROWS) -> dict[str, float]:
    """Return the seconds for a unit of each kind of work, by the names of `risk.rates.Rates`.

    Locks nothing of the application's. Writes tables and indexes of some 15 MB in schema online_migrate, which must
    exist, several times over; all is rolled back, but some 250 MB of WAL are written.

    Args:
        connection: in autocommit, with no transaction open.
        rows: of the table of short rows, about 90 bytes each.

    Raises:
        CalibrationTooSlow: the server could not be measured within a minute.
        psycopg.Error: the connection was lost, or a right is missing.
    """
    found = {"statement": _statement(connection, clock)}
    with connection.transaction(force_rollback=True):
        connection.execute(b"SELECT set_config('statement_timeout', %s, true)", (str(STATEMENT_MS),))
        short, long = _samples(connection, rows)
        bench = Bench(connection, clock)
        found |= _read_and_rewritten(bench, short, long)
        found |= _indexed_and_joined(bench, short, found)
        found |= _changed(bench, short, long)
        found["batch_row"] += found["statement"] / BATCH_ROWS
    return found


def _statement(connection: psycopg.Connection, clock: Clock) -> float:
    """Time a change of the catalog with its commit; commits vary more than anything else."""
    times = []
    for _ in range(COMMITS):
        started = clock.now()
        connection.execute(CHANGE_OF_CATALOG)
        times.append(clock.now() - started)
    return median(times)


def _samples(connection: psycopg.Connection, rows: int) -> tuple[Sample, Sample]:
    try:
        psycopg.ClientCursor(connection).execute(query("calibration/tables"), {"rows": rows})
    except psycopg.errors.QueryCanceled:
        raise too_slow() from None
    found = connection.execute(query("calibration/sizes")).fetchall()
    short, long = (Sample(name=name, rows=int(count), bytes=size) for name, count, size in found)
    return short, long


def _read_and_rewritten(bench: Bench, short: Sample, long: Sample) -> dict[str, float]:
    scan_row, scan_byte = fit(
        (short, bench.seconds(b"ALTER TABLE online_migrate.calibration_short ADD CHECK (amount >= 0)")),
        (long, bench.seconds(b"ALTER TABLE online_migrate.calibration_long ADD CHECK (amount >= 0)")),
    )
    anew = bench.seconds(b"ALTER TABLE online_migrate.calibration_short ALTER amount TYPE bigint")
    rewrite_row, rewrite_byte = fit(
        (short, anew), (long, bench.seconds(b"ALTER TABLE online_migrate.calibration_long ALTER amount TYPE bigint"))
    )
    computed = bench.seconds(
        b"ALTER TABLE online_migrate.calibration_short ADD COLUMN t uuid DEFAULT gen_random_uuid()"
    )
    return {
        "scan_row": scan_row,
        "scan_byte": scan_byte,
        "rewrite_row": rewrite_row,
        "rewrite_byte": rewrite_byte,
        "evaluate_row": per_row(computed - anew, short.rows),
    }


def _indexed_and_joined(bench: Bench, short: Sample, found: dict[str, float]) -> dict[str, float]:
    read = found["scan_byte"] * short.bytes
    numbers = bench.seconds(b"CREATE INDEX ON online_migrate.calibration_short (amount)")
    texts = bench.seconds(b"CREATE INDEX ON online_migrate.calibration_short (code)")
    key = (
        b"ALTER TABLE online_migrate.calibration_short "
        b"ADD FOREIGN KEY (other) REFERENCES online_migrate.calibration_referenced"
    )
    joined = bench.seconds(key)
    # Some rows are enough: a row trigger takes ten times as long as all else that is done for a row.
    some = b"UPDATE online_migrate.calibration_short SET other = other % 2 + 1 WHERE id % 10 = 0"
    return {
        "index_row": per_row(numbers - read, short.rows),
        "index_text_row": per_row(texts - read, short.rows),
        "join_row": per_row(joined - read, short.rows),
        "trigger_row": per_row(bench.seconds(some, key) - bench.seconds(some), short.rows // 10),
    }


def _changed(bench: Bench, short: Sample, long: Sample) -> dict[str, float]:
    update = b"UPDATE online_migrate.calibration_short SET amount = amount + 1"
    updated = bench.seconds(update)
    update_row, update_byte = fit(
        (short, updated), (long, bench.seconds(b"UPDATE online_migrate.calibration_long SET amount = amount + 1"))
    )
    delete_row, delete_byte = fit(
        (short, bench.seconds(b"DELETE FROM online_migrate.calibration_short")),
        (long, bench.seconds(b"DELETE FROM online_migrate.calibration_long")),
    )
    ids = b"CREATE INDEX ON online_migrate.calibration_short (id)"
    codes = b"CREATE INDEX ON online_migrate.calibration_short (code)"
    indexed = bench.seconds(update, ids, codes)
    batch = b"UPDATE online_migrate.calibration_short SET amount = amount + 1 WHERE id BETWEEN 1 AND 1000"
    return {
        "update_row": update_row,
        "update_byte": update_byte,
        "update_index_row": per_row((indexed - updated) / 2, short.rows),
        "delete_row": delete_row,
        "delete_byte": delete_byte,
        "batch_row": per_row(bench.seconds(batch, ids), min(BATCH_ROWS, short.rows)),
    }
