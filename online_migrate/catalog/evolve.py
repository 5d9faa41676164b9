"""The catalog as a statement will have left it: what PostgreSQL would do, worked out without a server."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from online_migrate.catalog.evolution import columns, constraints, indexes, others, subcommands, tables, types
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as grammar

_CHANGES: Final[Mapping[type[grammar.Statement], Callable[[Draft, Any], None]]] = {
    grammar.AddColumn: columns.add,
    grammar.DropColumn: columns.drop,
    grammar.AlterType: columns.alter_type,
    grammar.SetDefault: columns.set_default,
    grammar.DropDefault: columns.drop_default,
    grammar.SetNotNull: lambda draft, s: constraints.set_not_null(draft, s.table, s.column, only=s.only),
    grammar.DropNotNull: lambda draft, s: constraints.drop_not_null(draft, s.table, s.column, only=s.only),
    grammar.RenameColumn: columns.rename,
    grammar.AlterTableOther: subcommands.alter_table,
    grammar.AddConstraint: lambda draft, s: constraints.add(draft, s.table, s.constraint, only=s.only),
    grammar.DropConstraint: lambda draft, s: constraints.drop(draft, s.table, s.name, only=s.only),
    grammar.ValidateConstraint: lambda draft, s: constraints.validate(draft, s.table, s.name),
    grammar.RenameConstraint: lambda draft, s: constraints.rename(draft, s.table, s.name, s.new_name),
    grammar.CreateIndex: indexes.create,
    grammar.DropIndex: indexes.drop,
    grammar.RenameIndex: indexes.rename_index,
    grammar.CreateTable: tables.create,
    grammar.DropTable: tables.drop,
    grammar.RenameTable: tables.rename,
    grammar.SetSchema: tables.set_schema,
    grammar.Truncate: tables.truncate,
    grammar.Insert: tables.insert,
    grammar.CreateType: types.create_type,
    grammar.AddEnumValue: types.add_enum_value,
    grammar.RenameEnumValue: types.rename_enum_value,
    grammar.RenameType: types.rename_type,
    grammar.RenameSequence: others.rename_sequence,
    grammar.RenameSchema: others.rename_schema,
    grammar.RenameFunction: others.rename_function,
    grammar.AlterDomain: types.alter_domain,
    grammar.AlterComposite: types.alter_composite,
    grammar.CreateTrigger: others.create_trigger,
    grammar.RefreshMaterializedView: others.refresh,
    grammar.Other: others.other,
}


def apply(catalog: Catalog, statement: grammar.Statement) -> Catalog:
    """Return the catalog after a statement that succeeds; a new one, the given stays as it is.

    Kept true: tables and their columns, indexes, constraints (with the names that PostgreSQL chooses),
    partitions, triggers, sequences, types, schemas and views by name. What is dropped takes with it
    what CASCADE would. New objects are empty: 0 bytes, 0 rows; an INSERT gives them about what its sources
    hold. Not kept: oids, exact sizes, definitions as
    pg_get_constraintdef writes them, columns of new views and of CREATE TABLE AS. A statement that
    changes no structure, or that cannot be looked into, leaves the catalog as it is.
    """
    change = _CHANGES.get(type(statement))
    if change is None:
        return catalog
    draft = Draft(catalog)
    change(draft, statement)
    return draft.freeze()
