"""The oracle: what `apply` says a statement leaves behind is what a real server has after running it."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog, Index, Table, TableConstraint
from online_migrate.catalog.read import read
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read as read_statement
from online_migrate.plan.names import RelationName

STATEMENTS = Path(__file__).with_name("statements.sql").read_text(encoding="utf-8").splitlines()[1:]
SINCE_15 = ("ALTER TABLE users ADD UNIQUE NULLS NOT DISTINCT (name)",)
SINCE_18 = (
    "ALTER TABLE users ADD CONSTRAINT filled NOT NULL name",
    "ALTER TABLE users ADD CONSTRAINT filled NOT NULL name NOT VALID",
    "ALTER TABLE users ADD COLUMN twice integer GENERATED ALWAYS AS (age * 2) VIRTUAL",
    "ALTER TABLE users DROP CONSTRAINT users_email_not_null",
    "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT ENFORCED",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_worked_out_is_what_the_server_does(sample: psycopg.Connection, statement: str) -> None:
    check(sample, statement)


@pytest.mark.pg(">=15")
@pytest.mark.parametrize("statement", SINCE_15)
def test_since_postgresql_15(sample: psycopg.Connection, statement: str) -> None:
    check(sample, statement)


@pytest.mark.pg(">=18")
@pytest.mark.parametrize("statement", SINCE_18)
def test_since_postgresql_18(sample: psycopg.Connection, statement: str) -> None:
    check(sample, statement)


def check(connection: psycopg.Connection, statement: str) -> None:
    before = read(connection)
    connection.execute(statement.encode())
    expected = structure(read(connection))
    evolved = structure(apply(before, read_statement(statement, resolver(before, before.search_path))))
    assert evolved == expected


def structure(catalog: Catalog) -> dict[str, Any]:
    """The structure of a catalog: no sizes, no oids, no wording of definitions."""
    return {
        "tables": {str(name): table_structure(table) for name, table in catalog.tables.items()},
        "types": {
            str(name): (kind.kind, kind.labels, kind.base_type, kind.constrained, sorted(kind.used_by))
            for name, kind in catalog.types.items()
        },
        "sequences": sorted(catalog.sequences),
        "owners": dict(catalog.sequence_owners),
        "schemas": sorted(catalog.schemas),
    }


def table_structure(table: Table) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": (table.kind, table.persistence, table.row_security),
        "indexes": {index.name: index_structure(index) for index in table.indexes},
        "constraints": {c.name: constraint_structure(c) for c in table.constraints},
        "triggers": {
            t.name: (t.function, t.timing, t.per_row, sorted(t.events), t.columns, t.enabled) for t in table.triggers
        },
        "family": (table.parent, table.children, table.is_partition, table.is_default_partition),
        "partition_columns": table.partition_columns,
        "dependents": sorted(table.dependents),
    }
    if table.kind not in ("v", "m"):
        facts["columns"] = [
            (c.name, c.type, c.not_null, c.default is not None, c.collation, c.generated, c.identity)
            for c in table.columns
        ]
    return facts


def index_structure(index: Index) -> tuple[Any, ...]:
    return (
        sorted(index.columns),
        index.key_columns,
        index.included,
        index.unique,
        index.primary,
        index.valid,
        index.method,
        index.has_expressions,
        index.predicate is not None,
        index.constraint,
        index.nulls_not_distinct,
        index.parent,
    )


def constraint_structure(constraint: TableConstraint) -> tuple[Any, ...]:
    columns = constraint.columns if constraint.type != "check" else sorted(constraint.columns)
    return (
        constraint.type,
        tuple(columns),
        constraint.valid,
        constraint.enforced,
        constraint.expression is not None,
        constraint.referenced,
        constraint.referenced_columns,
        constraint.index,
        constraint.inherited,
        constraint.no_inherit,
    )


def test_a_truncated_table_is_empty(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
    connection.execute("INSERT INTO t SELECT generate_series(1, 1000)")
    before = read(connection)
    name = RelationName("public", "t")
    assert before.tables[name].bytes > 0
    after = apply(before, read_statement("TRUNCATE t", resolver(before, before.search_path)))
    assert (after.tables[name].bytes, after.tables[name].rows) == (0, 0)
