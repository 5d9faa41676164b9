"""How many passes over each page a backfill makes, by what is known of the table."""

from typing import Any

import pytest

from online_migrate.catalog.model import Index, Table
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts.ranges import stripe_count

PLAIN: dict[str, Any] = {"rows": 60_000.0, "bytes": 1000 * 8192}


def index(*columns: str, method: str = "btree", **more: Any) -> Index:
    return Index(name=RelationName("public", "i"), columns=columns, key_columns=columns, method=method, **more)


@pytest.mark.parametrize(
    ("facts", "version", "expected"),
    [
        (PLAIN, 180000, 12),
        (PLAIN | {"indexes": (index("other"),)}, 180000, 12),
        (PLAIN | {"indexes": (index("total"),)}, 180000, 1),
        (PLAIN | {"indexes": (index("other", "total", included=("total",)),)}, 180000, 1),
        (PLAIN | {"indexes": (index("total", method="brin"),)}, 160000, 12),
        (PLAIN | {"indexes": (index("total", method="brin"),)}, 150000, 1),
        (PLAIN | {"indexes": (index("total", method="brin"), index("total"))}, 180000, 1),
        (PLAIN | {"rows": 5000.0}, 180000, 5),
        (PLAIN | {"rows": 300.0}, 180000, 1),
        (PLAIN | {"fillfactor": 80}, 180000, 4),
        (PLAIN | {"fillfactor": 80, "rows": 3000.0}, 180000, 3),
        (PLAIN | {"fillfactor": 90}, 180000, 12),
        ({"rows": -1.0, "bytes": 0}, 180000, 12),
    ],
)
def test_stripes_of_a_table(facts: dict[str, Any], version: int, expected: int) -> None:
    table = Table(name=RelationName("public", "items"), kind="r", **facts)
    assert stripe_count(table, {"total"}, version) == expected
