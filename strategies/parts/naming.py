"""The names that PostgreSQL would choose, asked of the catalog's own record of what a statement does."""

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import (
    AddConstraint,
    CreateIndex,
    RenameTable,
    SetNotNull,
    SetSchema,
    Statement,
)
from online_migrate.plan.names import RelationName


def of_constraint(catalog: Catalog, table: RelationName, constraint: Constraint) -> str:
    """Return the constraint's name, or the one that ADD without a name would give it."""
    if constraint.name is not None:
        return constraint.name
    added = AddConstraint(sql="", table=table, constraint=constraint)
    return _new_constraint(catalog, table, added, constraint.type)


def of_not_null(catalog: Catalog, table: RelationName, column: str) -> str:
    """Return the name of the constraint that SET NOT NULL makes (18 and later)."""
    return _new_constraint(catalog, table, SetNotNull(sql="", table=table, column=column), "not_null")


def of_indexes(catalog: Catalog, statement: CreateIndex) -> dict[RelationName, RelationName]:
    """Return the index that CREATE INDEX makes on each table: one, or one per partition too."""
    after = evolve.apply(catalog, statement)
    tree = (statement.table, *(table.name for table in catalog.descendants(statement.table)))
    return {name: index for name in tree for index in _indexes(after.table(name)) - _indexes(catalog.table(name))}


def _new_constraint(catalog: Catalog, table: RelationName, statement: Statement, kind: str) -> str:
    before = {c.name for c in _constraints(catalog, table)}
    after = _constraints(evolve.apply(catalog, statement), table)
    return next(c.name for c in after if c.type == kind and c.name not in before)


def _constraints(catalog: Catalog, table: RelationName) -> tuple[TableConstraint, ...]:
    found = catalog.table(table)
    return found.constraints if found is not None else ()


def _indexes(table: Table | None) -> set[RelationName]:
    return {index.name for index in table.indexes} if table is not None else set()


def of_sequence(catalog: Catalog, statement: Statement) -> RelationName:
    """Return the sequence that a serial column makes."""
    return next(iter(evolve.apply(catalog, statement).sequences - catalog.sequences))


def of_moved(statement: RenameTable | SetSchema) -> RelationName:
    """Return the name that a table has once it was renamed or given another schema."""
    table = statement.table
    if isinstance(statement, RenameTable):
        return RelationName(table.schema, statement.new_name)
    return RelationName(statement.schema, table.name)
