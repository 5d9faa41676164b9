"""What the catalog shows after a statement has run as it is written: its done-check."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.plan.names import RelationName
from online_migrate.strategies import done, naming


def check(statement: s.Statement, catalog: Catalog) -> str | None:
    """Return the SELECT of one boolean, or None where the catalog cannot tell (the journal then decides).

    Args:
        catalog: as the statement finds it; a check that would already be true there is useless and left out.
    """
    match statement:
        case s.AddColumn(table=table, column=column):
            return done.column_exists(table, column.name)
        case s.DropColumn(table=table, column=name):
            return done.column_absent(table, name)
        case s.SetNotNull(table=table, column=name):
            return done.column_not_null(table, name) if _known_nullable(catalog, table, name) else None
        case s.DropNotNull(table=table, column=name):
            return done.column_nullable(table, name) if not _known_nullable(catalog, table, name) else None
        case s.SetDefault(table=table, column=name):
            # Whether the expression is the same cannot be asked, only whether there is one.
            return done.default_is(table, name, present=True) if not _has_default(catalog, table, name) else None
        case s.DropDefault(table=table, column=name):
            return done.default_is(table, name, present=False) if _has_default(catalog, table, name) else None
        case s.RenameColumn(table=table, new_name=name):
            return done.column_exists(table, name)
        case s.AddConstraint(table=table, constraint=constraint):
            return done.constraint_exists(table, naming.of_constraint(catalog, table, constraint))
        case s.DropConstraint(table=table, name=name):
            return done.constraint_absent(table, name)
        case s.ValidateConstraint(table=table, name=name):
            return done.constraint_valid(table, name)
        case s.RenameConstraint(table=table, new_name=name):
            return done.constraint_exists(table, name)
        case s.CreateIndex(table=table, name=str(name)):
            return done.index_valid(RelationName(table.schema, name))
        case s.DropIndex(index=name):
            return done.relation_absent(name)
        case s.RenameIndex(index=index, new_name=name):
            return done.relation_exists(RelationName(index.schema, name))
        case s.CreateTable(table=name, temporary=False):
            return done.relation_exists(name)
        case s.DropTable(table=name):
            return done.relation_absent(name)
        case s.RenameTable(table=table, new_name=name):
            return done.relation_exists(RelationName(table.schema, name))
        case s.SetSchema(table=table, schema=schema):
            return done.relation_exists(RelationName(schema, table.name))
        case s.CreateType(name=name):
            return done.type_exists(name)
        case s.AddEnumValue(type=name, value=label) | s.RenameEnumValue(type=name, new_value=label):
            return done.label_exists(name, label)
        case s.CreateTrigger(table=table, name=name):
            return done.trigger_exists(table, name)
        case s.Other(tag="create_view" | "create_materialized_view" | "create_sequence", relations=(name,)):
            return done.relation_exists(name) if name not in catalog.tables else None
        case s.Other(tag="drop_view" | "drop_materialized_view" | "drop_sequence", relations=(name,)):
            return done.relation_absent(name)
        case _:
            return None


def _known_nullable(catalog: Catalog, table: RelationName, column: str) -> bool:
    found = catalog.table(table)
    existing = found.column(column) if found is not None else None
    return existing is not None and not existing.not_null


def _has_default(catalog: Catalog, table: RelationName, column: str) -> bool:
    found = catalog.table(table)
    existing = found.column(column) if found is not None else None
    return existing is not None and existing.default is not None
