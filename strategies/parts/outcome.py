"""What the catalog shows after a statement has run as it is written: its done-check."""

from functools import singledispatch

from online_migrate.catalog.model import Catalog, Column
from online_migrate.grammar import statements as s
from online_migrate.grammar.predicates import dropped_name
from online_migrate.plan.names import RelationName
from online_migrate.risk.type_names import own_type
from online_migrate.strategies.parts import done, inverse_objects, naming


@singledispatch
def check(statement: s.Statement, catalog: Catalog) -> str | None:
    """Return the SELECT of one boolean, or None where the catalog cannot tell (the journal then decides).

    Args:
        statement: what runs.
        catalog: as the statement finds it; a check that is already true there is useless and left out.
    """
    return None


@check.register
def _(statement: s.AddColumn, catalog: Catalog) -> str | None:
    return done.column_exists(statement.table, statement.column.name)


@check.register
def _(statement: s.DropColumn, catalog: Catalog) -> str | None:
    return done.column_absent(statement.table, statement.column)


@check.register
def _(statement: s.SetNotNull, catalog: Catalog) -> str | None:
    column = _column(catalog, statement.table, statement.column)
    return None if column is None or column.not_null else done.column_not_null(statement.table, column.name)


@check.register
def _(statement: s.DropNotNull, catalog: Catalog) -> str | None:
    column = _column(catalog, statement.table, statement.column)
    return None if column is None or not column.not_null else done.column_nullable(statement.table, column.name)


@check.register
def _(statement: s.SetDefault, catalog: Catalog) -> str | None:
    # Whether the expression is the same cannot be asked, only whether there is one.
    column = _column(catalog, statement.table, statement.column)
    fresh = column is not None and column.default is None
    return done.default_is(statement.table, statement.column, present=True) if fresh else None


@check.register
def _(statement: s.DropDefault, catalog: Catalog) -> str | None:
    column = _column(catalog, statement.table, statement.column)
    has_one = column is not None and column.default is not None
    if column is not None and (own := own_type(column.type, catalog)) is not None and own.kind == "domain":
        # SET DEFAULT NULL is kept there as an expression, and is no DROP DEFAULT.
        return None
    return done.default_is(statement.table, statement.column, present=False) if has_one else None


@check.register
def _(statement: s.RenameColumn, catalog: Catalog) -> str | None:
    return done.column_exists(statement.table, statement.new_name)


@check.register
def _(statement: s.AddConstraint, catalog: Catalog) -> str | None:
    name = naming.of_constraint(catalog, statement.table, statement.constraint)
    return done.constraint_exists(statement.table, name)


@check.register
def _(statement: s.DropConstraint, catalog: Catalog) -> str | None:
    return done.constraint_absent(statement.table, statement.name)


@check.register
def _(statement: s.ValidateConstraint, catalog: Catalog) -> str | None:
    return done.constraint_valid(statement.table, statement.name)


@check.register
def _(statement: s.RenameConstraint, catalog: Catalog) -> str | None:
    return done.constraint_exists(statement.table, statement.new_name)


@check.register
def _(statement: s.CreateIndex, catalog: Catalog) -> str | None:
    named = statement.name is not None
    return done.index_valid(RelationName(statement.table.schema, statement.name or "")) if named else None


@check.register
def _(statement: s.DropIndex, catalog: Catalog) -> str | None:
    return done.relation_absent(statement.index)


@check.register
def _(statement: s.RenameIndex, catalog: Catalog) -> str | None:
    return done.relation_exists(RelationName(statement.index.schema, statement.new_name))


@check.register
def _(statement: s.CreateTable, catalog: Catalog) -> str | None:
    known = statement.temporary or statement.table in catalog.tables
    return None if known else done.relation_exists(statement.table)


@check.register
def _(statement: s.DropTable, catalog: Catalog) -> str | None:
    return done.relation_absent(statement.table)


@check.register
def _(statement: s.RenameTable, catalog: Catalog) -> str | None:
    return done.relation_exists(RelationName(statement.table.schema, statement.new_name))


@check.register
def _(statement: s.SetSchema, catalog: Catalog) -> str | None:
    return done.relation_exists(RelationName(statement.schema, statement.table.name))


@check.register
def _(statement: s.CreateType, catalog: Catalog) -> str | None:
    return done.type_exists(statement.name)


@check.register
def _(statement: s.RenameType, catalog: Catalog) -> str | None:
    return done.type_exists(statement.new)


@check.register
def _(statement: s.RenameSequence, catalog: Catalog) -> str | None:
    return done.relation_exists(statement.new)


@check.register
def _(statement: s.RenameSchema, catalog: Catalog) -> str | None:
    return done.schema_exists(statement.new)


@check.register
def _(statement: s.AddEnumValue, catalog: Catalog) -> str | None:
    # IF NOT EXISTS of what is there shows nothing.
    enum = catalog.types.get(statement.type)
    if enum is not None and statement.value in enum.labels:
        return None
    return done.label_exists(statement.type, statement.value)


@check.register
def _(statement: s.RenameEnumValue, catalog: Catalog) -> str | None:
    return done.label_exists(statement.type, statement.new_value)


@check.register
def _(statement: s.CreateTrigger, catalog: Catalog) -> str | None:
    # CREATE OR REPLACE of what is there shows nothing.
    if inverse_objects.trigger(catalog, statement.table, statement.name) is not None:
        return None
    return done.trigger_exists(statement.table, statement.name)


@check.register
def _(statement: s.Other, catalog: Catalog) -> str | None:
    match statement:
        case s.Other(tag="create_view" | "create_materialized_view" | "create_sequence", relations=(name, *_)):
            # CREATE OR REPLACE of what is there shows nothing.
            return None if name in catalog.tables or name in catalog.sequences else done.relation_exists(name)
        case s.Other(tag="drop_view" | "drop_materialized_view" | "drop_sequence", relations=(name,)):
            return done.relation_absent(name)
        case s.Other(tag="drop_trigger", relations=(table,)):
            return done.trigger_absent(table, dropped_name(statement.sql))
        case _:
            return None


def _column(catalog: Catalog, table: RelationName, name: str) -> Column | None:
    found = catalog.table(table)
    return found.column(name) if found is not None else None
