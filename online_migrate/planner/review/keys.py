"""Keys that run out of numbers."""

from collections.abc import Iterator

from online_migrate.catalog import lookup
from online_migrate.catalog.model import Table
from online_migrate.plan.finding import Finding
from online_migrate.planner.review.whole import Whole

LIMITS = {"smallint": 2**15 - 1, "integer": 2**31 - 1}
"""The largest value of each type that is short of bigint."""

_NEAR = 0.7


def short_primary_key(plan: Whole) -> Iterator[Finding]:
    """A generated smallint key ends at 32,767."""
    for table in plan.touched:
        key = next((c for c in plan.new_constraints(table) if c.type == "primary_key"), None)
        column = table.column(key.columns[0]) if key is not None and len(key.columns) == 1 else None
        generated = column is not None and (column.identity or (column.default or "").startswith("nextval"))
        if column is not None and generated and column.type == "smallint":
            yield Finding(
                code="short-primary-key",
                what=f"The generated key {table.name}.{column.name} is a smallint: the row after 32,767 fails.",
                do="Take bigint; a wider key later means to write the table anew.",
                table=table.name,
            )


def key_near_its_limit(plan: Whole) -> Iterator[Finding]:
    """A column whose sequence, or whose table, has used up most of the numbers that its type has."""
    for table in plan.touched:
        now = plan.live.table(table.name)
        for name, (used, limit) in _used(now, plan).items() if now is not None else ():
            after = table.column(name)
            if after is None or LIMITS.get(after.type) != limit or used < _NEAR * limit:
                continue
            yield Finding(
                code="key-near-its-limit",
                what=f"{table.name}.{name} has used {used:,} of the {limit:,} numbers that"
                f" {after.type} has: the row after the last of them fails.",
                do=f"Make {name} bigint before then.",
                table=table.name,
            )


def _used(table: Table, plan: Whole) -> dict[str, tuple[int, int]]:
    """How far each key column of a table has come: to the last value of its sequence, or at least to its rows."""
    found: dict[str, tuple[int, int]] = {}
    key = table.primary_key
    sequences = lookup.of(plan.live).owned.get(table.name, frozenset())
    for column in table.columns:
        limit = LIMITS.get(column.type)
        if limit is None:
            continue
        owned = [n for n in sequences if plan.live.sequence_owners[n][1] == column.name]
        values = [plan.live.last_values[n] for n in owned if n in plan.live.last_values]
        if key is not None and key.columns == (column.name,) and (values or column.identity or column.default):
            values.append(round(plan.live.estimated_rows(table.name)))
        if values:
            found[column.name] = (max(values), limit)
    return found
