"""An index that is there already, made by hand or left behind: taken as it is, built anew, or refused."""

from dataclasses import replace

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog, Index
from online_migrate.catalog.resolve import resolver
from online_migrate.errors import ObjectDiffers
from online_migrate.grammar.compose import Expression, compose_expression
from online_migrate.grammar.names import index_keys
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import CreateIndex
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation


def existing(operation: Operation, catalog: Catalog) -> tuple[bool, Catalog]:
    """Return whether the index of a CREATE INDEX is there, and the catalog without it where it is not valid.

    Raises:
        ObjectDiffers: there is another index of the name.
    """
    statement = read(operation.sql, resolver(catalog, operation.search_path))
    if not isinstance(statement, CreateIndex) or statement.name is None:
        return False, catalog
    name = RelationName(statement.table.schema, statement.name)
    found = _index(catalog, name)
    if found is None:
        return False, catalog
    before = _without(catalog, name)
    if not found.valid:
        return False, before
    wanted = _index(apply(before, statement), name)
    if wanted is None or _facts(found) != _facts(wanted) or index_keys(found.definition) != index_keys(statement.sql):
        raise ObjectDiffers(
            f"There is another index {name}: {found.definition}", hint="Drop it, or give the new one another name."
        )
    return True, catalog


def _index(catalog: Catalog, name: RelationName) -> Index | None:
    table = catalog.index_table(name)
    return next((index for index in table.indexes if index.name == name), None) if table is not None else None


def _without(catalog: Catalog, name: RelationName) -> Catalog:
    table = catalog.index_table(name)
    assert table is not None
    kept = tuple(index for index in table.indexes if index.name != name)
    return replace(catalog, tables={**catalog.tables, table.name: replace(table, indexes=kept)}, lookup=None)


def _facts(index: Index) -> tuple[object, ...]:
    predicate = index.predicate and compose_expression("{predicate}", predicate=Expression(index.predicate))
    return (index.unique, index.method, index.included, index.nulls_not_distinct, predicate)
