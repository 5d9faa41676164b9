"""Estimates beside measured times: ten operations on tables of 10 thousand to 5 million rows, short and long ones.

Each operation runs as it is written, on a copy of the table that nothing else has changed, and counts with its commit.
It is estimated before from the copy's catalog: by the documented rates, and by those that a calibration of the same
server has measured once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import LiteralString

import psycopg
from psycopg import sql

from benchmarks.model import Benchmark, Figure, Findings, Sample, Samples
from benchmarks.stand import Stand
from benchmarks.tables import settle
from online_migrate.catalog.resolve import resolver
from online_migrate.database import Database
from online_migrate.execution import schema
from online_migrate.execution.calibration.measure import ROWS, measure
from online_migrate.execution.live_catalog import read_catalog
from online_migrate.grammar.read import read
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess

OPERATIONS: Mapping[str, LiteralString] = {
    "add column, volatile default": "ALTER TABLE item ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    "alter type, int to bigint": "ALTER TABLE item ALTER COLUMN amount TYPE bigint",
    "create index, integer": "CREATE INDEX item_amount ON item (amount)",
    "create index, text": "CREATE INDEX item_code ON item (code)",
    "add foreign key": "ALTER TABLE item ADD FOREIGN KEY (owner) REFERENCES owner (id)",
    "add check": "ALTER TABLE item ADD CHECK (amount >= 0)",
    "set NOT NULL": "ALTER TABLE item ALTER COLUMN code SET NOT NULL",
    "add unique": "ALTER TABLE item ADD UNIQUE (code)",
    "update a column": "UPDATE item SET amount = amount + 1",
    "delete half": "DELETE FROM item WHERE amount % 2 = 0",
}
FILL_ITEM: LiteralString = (
    "INSERT INTO item SELECT n, 1 + n % {owners}, n * 7919 % 1000003, md5(n::text), repeat('x', {note}) "
    "FROM generate_series(1::bigint, {rows}) n"
)
RATES = ("documented", "calibrated")
INSIDE_AT_LEAST = 8
TEMPLATE = "estimated"
COPY = "estimated_copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table: its rows, and how long the text beside their short columns is."""

    rows: int
    note: int

    def __str__(self) -> str:
        return f"{self.rows:,} {'long' if self.note else 'short'} rows"


def measure_all(stand: Stand) -> Findings:
    """Estimate and measure each operation on each table."""
    rates = _calibrate(stand)
    found: dict[Shape, dict[str, Sample]] = {}
    for shape in _shapes(stand):
        found[shape] = {}
        with _template(stand, shape):
            for name, statement in OPERATIONS.items():
                found[shape][name] = _once(stand, statement, rates)
                stand.say(f"{shape}, {name}: {_told(found[shape][name])}")
    samples = {f"{name}, {shape}": [sample] for shape, by_name in found.items() for name, sample in by_name.items()}
    return Findings(
        figures=(
            *(_inside(by_name, shape, way) for shape, by_name in found.items() for way in RATES),
            *(_width(samples, way) for way in RATES),
        ),
        samples=samples,
        notes=(
            "Each operation runs once on each table, whatever the rounds.",
            "Inside: the measured time lies between the ends of the estimate.",
            "Width: the high end of an estimate divided by its low end, the median of all.",
        ),
    )


def _shapes(stand: Stand) -> tuple[Shape, ...]:
    if stand.quick:
        return (Shape(rows=2_000, note=0), Shape(rows=1_000, note=600))
    short = (10_000, 100_000, 1_000_000, 5_000_000)
    long = (10_000, 100_000, 1_000_000, *((5_000_000,) if stand.large else ()))
    return (*(Shape(rows=rows, note=0) for rows in short), *(Shape(rows=rows, note=600) for rows in long))


def _calibrate(stand: Stand) -> Mapping[str, float]:
    url = stand.server.create_database("calibrated")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            schema.install(connection)
            rates = measure(connection, stand.clock, rows=stand.size(ROWS, quick=2_000))
    finally:
        stand.server.drop_database("calibrated")
    return rates


@contextmanager
def _template(stand: Stand, shape: Shape) -> Iterator[None]:
    url = stand.server.create_database(TEMPLATE)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            owners = max(shape.rows // 10, 1)
            for statement in (
                "CREATE TABLE owner (id int PRIMARY KEY, name text)",
                "INSERT INTO owner SELECT n, 'owner ' || n FROM generate_series(1, {owners}) n",
                "CREATE TABLE item (id bigint PRIMARY KEY, owner int, amount int NOT NULL, code text, note text)",
                FILL_ITEM,
                "CREATE INDEX ON item (owner)",
            ):
                connection.execute(
                    sql.SQL(statement).format(
                        owners=sql.Literal(owners), rows=sql.Literal(shape.rows), note=sql.Literal(shape.note)
                    )
                )
            settle(connection)
        yield
    finally:
        stand.server.drop_database(TEMPLATE)


def _once(stand: Stand, statement: LiteralString, rates: Mapping[str, float]) -> Sample:
    url = stand.server.create_database(COPY, template=TEMPLATE)
    try:
        with Database(url).connect("estimates") as connection:
            catalog = read_catalog(connection)
            parsed = read(statement, resolver(catalog, ("public",)))
            documented = assess(parsed, catalog, Policy()).estimate_s
            calibrated = assess(parsed, replace(catalog, rates=rates), Policy()).estimate_s
            took = stand.timed(lambda: connection.execute(statement))
    finally:
        stand.server.drop_database(COPY)
    return {
        "time_s": took,
        "documented_low_s": documented[0],
        "documented_high_s": documented[1],
        "calibrated_low_s": calibrated[0],
        "calibrated_high_s": calibrated[1],
    }


def _inside(by_name: Mapping[str, Sample], shape: Shape, way: str) -> Figure:
    inside = sum(_is_inside(sample, way) for sample in by_name.values())
    return Figure(
        what=f"operations of {len(OPERATIONS)} inside the estimate, {shape}",
        compared=f"{way} rates",
        values=(float(inside),),
        at_least=INSIDE_AT_LEAST,
    )


def _width(samples: Samples, way: str) -> Figure:
    widths = tuple(s[f"{way}_high_s"] / s[f"{way}_low_s"] for found in samples.values() for s in found)
    return Figure(what="width of an estimate", compared=f"{way} rates", values=widths)


def _is_inside(sample: Sample, way: str) -> bool:
    return sample[f"{way}_low_s"] <= sample["time_s"] <= sample[f"{way}_high_s"]


def _told(sample: Sample) -> str:
    ranges = ", ".join(
        f"{way} {sample[f'{way}_low_s']:.3g} to {sample[f'{way}_high_s']:.3g} s"
        + ("" if _is_inside(sample, way) else " (outside)")
        for way in RATES
    )
    return f"{sample['time_s']:.3g} s; {ranges}"


BENCHMARK = Benchmark(
    name="estimates",
    title="Estimates beside measured times, ten operations on tables of 10 thousand to 5 million rows",
    measure=measure_all,
)
