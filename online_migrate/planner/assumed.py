"""Plans without a database: each revision on the catalog that the earlier ones leave, every table assumed large."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.meaning import meaning_of
from online_migrate.catalog.model import Catalog, Column, Index, Table
from online_migrate.grammar import analysis
from online_migrate.grammar import statements as s
from online_migrate.plan.model import Plan
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.planner.build import build
from online_migrate.policy import Policy

ROWS = 10_000_000
"""Rows that a table is assumed to have."""

_BYTES = 100 * ROWS
_WITH_RELATIONS = (s.TableStatement, s.CreateTable, s.DropTable, s.Truncate, s.Select)
_OTHER_WITH_RELATIONS = (
    *("analyze", "cluster", "copy", "drop_materialized_view", "drop_view", "lock", "merge", "vacuum"),
)


def plan_each(operations: Iterable[Operation], catalog: Catalog, policy: Policy) -> Iterator[Plan]:
    """Yield one plan for each revision (or SQL file), as if those before it had been deployed long ago.

    A table that is named and not known is assumed to be there; what its columns are is not known.

    Raises:
        SqlSyntaxError: an operation is not valid PostgreSQL.
    """
    for _, group in groupby(operations, key=lambda o: o.revision):
        revision = tuple(group)
        before = _with_named(revision, _large(catalog))
        yield build(revision, before, policy)
        catalog = before
        for operation in revision:
            catalog = _after(catalog, operation)


def _after(catalog: Catalog, operation: Operation) -> Catalog:
    if operation.uncaptured is not None:
        return catalog
    return apply(catalog, meaning_of(operation.sql, catalog, operation.search_path))


def _large(catalog: Catalog) -> Catalog:
    sized = {
        name: replace(table, bytes=_BYTES, total_bytes=2 * _BYTES, rows=float(ROWS))
        for name, table in catalog.tables.items()
    }
    return replace(catalog, tables=sized)


def _with_named(operations: Iterable[Operation], catalog: Catalog) -> Catalog:
    """Return the catalog with the tables, columns and indexes that the operations expect to find in it."""
    then = catalog
    for operation in operations:
        if operation.uncaptured is not None:
            continue
        statement = meaning_of(operation.sql, then, operation.search_path)
        for table in _expected(statement, then):
            catalog = replace(catalog, tables={**catalog.tables, table.name: table})
            then = replace(then, tables={**then.tables, table.name: table}, lookup=None)
        then = apply(then, statement)
    return catalog


def _expected(statement: s.Statement, catalog: Catalog) -> Iterator[Table]:
    """Yield the tables that a statement works on as it expects them, where the catalog has them otherwise."""
    if isinstance(statement, s.DropIndex | s.Reindex):
        name = statement.index if isinstance(statement, s.DropIndex) else statement.relation
        is_index = isinstance(statement, s.DropIndex) or statement.target == "index"
        if name is not None and is_index and catalog.index_table(name) is None:
            # Its table has a name that no table can be mistaken for: nobody knows it.
            index = Index(name=name, columns=(), key_columns=())
            yield _assumed(RelationName(name.schema, f"(table of {name.name})"), indexes=(index,))
        elif name is not None and not is_index and catalog.table(name) is None:
            index = Index(name=RelationName(name.schema, f"(index of {name.name})"), columns=(), key_columns=())
            yield _assumed(name, indexes=(index,))
        return
    column = _column(statement)
    for name in _named(statement):
        table = catalog.table(name)
        if table is None and (name in catalog.sequences or catalog.index_table(name) is not None):
            continue
        found = table or _assumed(name)
        if column is not None and column[0] == name and found.column(column[1]) is None:
            found = replace(found, columns=(*found.columns, Column(name=column[1], type="unknown")))
        if found is not table:
            yield found


def _assumed(name: RelationName, *, indexes: tuple[Index, ...] = ()) -> Table:
    return Table(name=name, kind="r", bytes=_BYTES, total_bytes=2 * _BYTES, rows=float(ROWS), indexes=indexes)


def _named(statement: s.Statement) -> tuple[RelationName, ...]:
    """The tables a statement works on; those that it makes are not among them."""
    if isinstance(statement, s.Other) and statement.tag in _OTHER_WITH_RELATIONS:
        return statement.relations
    if not isinstance(statement, _WITH_RELATIONS):
        return ()
    made = statement.table if isinstance(statement, s.CreateTable) else None
    return tuple(name for name in analysis.relations(statement.sql) if name != made)


def _column(statement: s.Statement) -> tuple[RelationName, str] | None:
    """The column that a statement expects a table to have."""
    match statement:
        case (
            s.DropColumn(table=table, column=column)
            | s.AlterType(table=table, column=column)
            | s.SetDefault(table=table, column=column)
            | s.DropDefault(table=table, column=column)
            | s.SetNotNull(table=table, column=column)
            | s.DropNotNull(table=table, column=column)
            | s.RenameColumn(table=table, column=column)
        ):
            return table, column
        case _:
            return None
