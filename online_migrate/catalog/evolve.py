"""The catalog as a statement will have left it: what PostgreSQL would do, worked out without a server."""

from online_migrate.catalog.evolution import columns, constraints, indexes, others, tables
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as grammar


def apply(catalog: Catalog, statement: grammar.Statement) -> Catalog:
    """Return the catalog after a statement that succeeds; a new one, the given stays as it is.

    Kept true: tables and their columns, indexes, constraints (with the names that PostgreSQL chooses),
    partitions, triggers, sequences, types, schemas and views by name. What is dropped takes with it
    what CASCADE would. New objects are empty: 0 bytes, 0 rows. Not kept: oids, sizes, definitions as
    pg_get_constraintdef writes them, columns of new views and of CREATE TABLE AS. A statement that
    changes no structure, or that cannot be looked into, leaves the catalog as it is.
    """
    draft = Draft(catalog)
    _apply(draft, statement)
    return draft.freeze()


def _apply(draft: Draft, statement: grammar.Statement) -> None:
    match statement:
        case grammar.AddColumn():
            columns.add(draft, statement)
        case grammar.DropColumn():
            columns.drop(draft, statement)
        case grammar.AlterType():
            columns.alter_type(draft, statement)
        case grammar.SetDefault():
            columns.set_default(draft, statement.table, statement.column, statement.default, statement.only)
        case grammar.DropDefault():
            columns.set_default(draft, statement.table, statement.column, None, statement.only)
        case grammar.SetNotNull():
            constraints.set_not_null(draft, statement.table, statement.column, only=statement.only)
        case grammar.DropNotNull():
            constraints.drop_not_null(draft, statement.table, statement.column, only=statement.only)
        case grammar.RenameColumn():
            columns.rename(draft, statement)
        case grammar.AlterTableOther():
            others.alter_table(draft, statement)
        case grammar.AddConstraint():
            constraints.add(draft, statement.table, statement.constraint, only=statement.only)
        case grammar.DropConstraint():
            constraints.drop(draft, statement.table, statement.name, only=statement.only)
        case grammar.ValidateConstraint():
            constraints.validate(draft, statement.table, statement.name)
        case grammar.RenameConstraint():
            constraints.rename(draft, statement.table, statement.name, statement.new_name)
        case grammar.CreateIndex():
            indexes.create(draft, statement)
        case grammar.DropIndex():
            indexes.drop(draft, statement)
        case grammar.RenameIndex():
            indexes.rename_index(draft, statement)
        case grammar.CreateTable():
            tables.create(draft, statement)
        case grammar.DropTable():
            tables.drop(draft, statement)
        case grammar.RenameTable():
            tables.rename(draft, statement)
        case grammar.SetSchema():
            tables.set_schema(draft, statement)
        case grammar.Truncate():
            tables.truncate(draft, statement)
        case grammar.CreateType():
            others.create_type(draft, statement)
        case grammar.AddEnumValue():
            others.add_enum_value(draft, statement)
        case grammar.RenameEnumValue():
            others.rename_enum_value(draft, statement)
        case grammar.AlterDomain():
            others.alter_domain(draft, statement)
        case grammar.CreateTrigger():
            others.create_trigger(draft, statement)
        case grammar.Other():
            others.other(draft, statement)
        case _:
            return
