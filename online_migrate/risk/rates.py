"""How long a server takes for a row and for a byte of each kind of bulk work: as documented, or as measured once.

A documented rate is a range: the low end a fast idle server with the table in memory, the high end a busy one that
reads from a network disk. What `doctor --calibrate` measured replaces it by a range about the measured figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

MB = 1024 * 1024
US = 1e-6

Range = tuple[float, float]
"""Seconds, low and high."""

# From the measured figure down and up: a calibration runs on tables in memory, on a server as busy as it was then.
# Measured figures of the same work on tables of 10 thousand to 5 million rows lie this far apart.
FASTER = 2.5
SLOWER = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Seconds for a unit of work, low and high. Measured on PostgreSQL 18 unless something else is said.

    Attributes:
        statement: a change of the catalog, with its commit.
        relation: each relation that a statement locks.
        scan_row, scan_byte: reading a table once and testing an expression.
        rewrite_row, rewrite_byte: writing a table anew; its indexes count by themselves.
        evaluate_row: calling a volatile function.
        index_row, index_text_row: sorting and writing one entry of a btree, of numbers and of text.
        join_row: reading a row and looking it up in another table, in bulk, as the validation of a foreign key does.
        trigger_row: a row trigger, such as a foreign key's, for one row.
        update_row, update_byte, update_index_row: a new version of a row, and an entry in each index.
        delete_row, delete_byte: marking a row as deleted.
        batch_row: a row of an UPDATE in batches of a thousand, each committed.
    """

    statement: Range = (0.0003, 0.02)
    relation: Range = (0.0001, 0.002)
    # In memory 0.06 to 0.2 us a row and 2 to 5 GB/s; 100 MB/s is a cloud volume's baseline (gp3: 125).
    scan_row: Range = (0.025 * US, 0.4 * US)
    scan_byte: Range = (0.1e-3 / MB, 10e-3 / MB)
    # ALTER TYPE of 1 million rows: 1.2 s beside its indexes where they are short, 8 s where they are 700 bytes long.
    rewrite_row: Range = (0.2 * US, 3 * US)
    rewrite_byte: Range = (1.5e-3 / MB, 25e-3 / MB)
    # random() 0.1 us; gen_random_uuid() 1 to 4 us, 11 us on a busy machine.
    evaluate_row: Range = (0.05 * US, 15 * US)
    # A btree of 1 million integers: 0.5 to 0.8 s; of texts of 32 to 64 characters: 1 s to 6.8 s on a busy machine.
    index_row: Range = (0.2 * US, 5 * US)
    index_text_row: Range = (0.3 * US, 8 * US)
    # 1 million rows against 100 thousand: 0.25 to 0.7 s.
    join_row: Range = (0.04 * US, 3 * US)
    trigger_row: Range = (2 * US, 50 * US)
    # 1 million rows with 2 indexes 13 to 25 s, with 3 indexes 16 to 27 s, twice that on a busy machine;
    # DELETE of half of them 0.6 to 4 s.
    update_row: Range = (0.5 * US, 15 * US)
    update_byte: Range = (1.5e-3 / MB, 25e-3 / MB)
    update_index_row: Range = (0.5 * US, 20 * US)
    delete_row: Range = (0.08 * US, 5 * US)
    delete_byte: Range = (0.2e-3 / MB, 25e-3 / MB)
    batch_row: Range = (5 * US, 200 * US)


DOCUMENTED = Rates()
NAMES = tuple(field.name for field in fields(Rates))


def rates_of(measured: Mapping[str, float]) -> Rates:
    """Return the documented rates, with a range about each that was measured (seconds by name) in its place."""
    if not measured:
        return DOCUMENTED
    known = {name: (s / FASTER, s * SLOWER) for name, s in measured.items() if name in NAMES}
    return replace(DOCUMENTED, **known)


def slowest(rates: Rates) -> Rates:
    """Return the rates with no high end below the documented one."""
    if rates is DOCUMENTED:
        return rates
    ranges = ((name, getattr(rates, name), getattr(DOCUMENTED, name)) for name in NAMES)
    return Rates(**{name: (low, max(high, documented[1])) for name, (low, high), documented in ranges})
