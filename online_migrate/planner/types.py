"""Types that get another name before the gate: what the catalog says of definitions is said under the new one.

What puts back an index or a constraint that a later statement drops is taken from there.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from online_migrate.catalog.model import Catalog, Column, ExtendedStatistics, Index, Table, TableConstraint, Trigger
from online_migrate.grammar import statements as s
from online_migrate.grammar.types import in_definition, in_expression, in_statement
from online_migrate.plan.names import RelationName
from online_migrate.planner.objects import OBJECT, named_of
from online_migrate.planner.paths import Path, Paths
from online_migrate.strategies.interface import Rewrite

Types = Mapping[RelationName, RelationName]
Defined = TypeVar("Defined", Trigger, ExtendedStatistics)


def types_given(statement: s.Statement, rewrite: Rewrite) -> Types:
    """Return the old name to the new one of a type that a change gives another name before the gate itself."""
    if isinstance(statement, s.RenameType) and (rewrite.expand or rewrite.migrate):
        return {statement.type: statement.new}
    return {}


def with_types(catalog: Catalog, names: Types) -> Catalog:
    """Return the catalog with the new names in the definitions of all tables."""
    if not names:
        return catalog
    tables = {name: _retyped(table, names) for name, table in catalog.tables.items()}
    return replace(catalog, tables=tables, lookup=None)


def mentions(catalog: Catalog, names: Types) -> Paths:
    """Return the paths of what says one of the types: it is dropped only once the type has the new name."""
    found: set[Path] = set()
    for table in catalog.tables.values() if names else ():
        t = table.name
        found |= {(t, "default", c.name) for c in table.columns if _says(c.default, names)}
        for index in table.indexes:
            found |= {(index.name,), (t, "index", index.name.name)} if _says(index.definition, names) else set()
        for constraint in table.constraints:
            found |= named_of(t, constraint.name) if _says(constraint.definition, names) else set()
        found |= {(t, "trigger", trigger.name) for trigger in table.triggers if _says(trigger.definition, names)}
        found |= {(OBJECT, of.name.name) for of in table.extended_statistics if _says(of.definition, names)}
    return frozenset(found)


def _retyped(table: Table, names: Types) -> Table:
    """Return the table with the new names in all expressions; the same object where none of them says an old one."""
    columns = tuple(_column(column, names) for column in table.columns)
    indexes = tuple(_index(index, names) for index in table.indexes)
    constraints = tuple(_constraint(constraint, names) for constraint in table.constraints)
    others = tuple(_defined(trigger, names) for trigger in table.triggers)
    statistics = tuple(_defined(of, names) for of in table.extended_statistics)
    found = (columns, indexes, constraints, others, statistics)
    before = (table.columns, table.indexes, table.constraints, table.triggers, table.extended_statistics)
    if all(a is b for one, other in zip(found, before, strict=True) for a, b in zip(one, other, strict=True)):
        return table
    return replace(
        table,
        columns=columns,
        indexes=indexes,
        constraints=constraints,
        triggers=others,
        extended_statistics=statistics,
    )


def _column(column: Column, names: Types) -> Column:
    if not _says(column.default, names):
        return column
    return replace(column, default=in_expression(column.default or "", names))


def _index(index: Index, names: Types) -> Index:
    if not _says(index.definition, names):
        return index
    predicate = in_expression(index.predicate, names) if index.predicate else index.predicate
    return replace(index, definition=in_statement(index.definition, names), predicate=predicate)


def _constraint(constraint: TableConstraint, names: Types) -> TableConstraint:
    if not _says(constraint.definition, names):
        return constraint
    expression = in_expression(constraint.expression, names) if constraint.expression else constraint.expression
    return replace(constraint, definition=in_definition(constraint.definition, names), expression=expression)


def _defined(of: Defined, names: Types) -> Defined:
    return replace(of, definition=in_statement(of.definition, names)) if _says(of.definition, names) else of


def _says(text: str | None, names: Types) -> bool:
    """Whether a text may mean one of them: parsed only then."""
    return text is not None and any(name.name in text for name in names)
