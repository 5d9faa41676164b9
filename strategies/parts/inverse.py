"""What puts a statement back that ran as it is written, where that is plain."""

from online_migrate.catalog.model import Catalog, Column
from online_migrate.grammar import statements as s
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.grammar.constraints import with_storage
from online_migrate.grammar.edit import concurrently
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts import alter_table, inverse_objects, naming
from online_migrate.strategies.parts.already import only_inherited
from online_migrate.strategies.parts.moves import comment_on_constraint, marks_of_index, statistics_of_index


def undo(statement: s.Statement, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the statements that put things back, or None where what the statement does is for good.

    Args:
        statement: what has run.
        catalog: as the statement found it: what it drops is made again from there.
    """
    match statement:
        case s.CreateIndex() | s.DropIndex() | s.RenameIndex():
            return _index(statement, catalog)
        case s.AddConstraint() | s.DropConstraint() | s.ValidateConstraint() | s.RenameConstraint():
            return _constraint(statement, catalog)
        case s.RenameTable() | s.SetSchema():
            return _moved(statement)
        case s.AlterTableOther() | s.CreateTrigger():
            return inverse_objects.undo(statement, catalog)
        case s.TableStatement():
            return _column(statement, catalog)
        case s.Select(writes=(), functions=()):
            return ()
        case _:
            return inverse_objects.undo(statement, catalog)


def _moved(statement: s.RenameTable | s.SetSchema) -> tuple[str, ...]:
    table = statement.table
    if isinstance(statement, s.RenameTable):
        renamed = RelationName(table.schema, statement.new_name)
        return (compose("ALTER TABLE {table} RENAME TO {name}", table=renamed, name=Identifier(table.name)),)
    moved = RelationName(statement.schema, table.name)
    return (compose("ALTER TABLE {table} SET SCHEMA {schema}", table=moved, schema=Identifier(table.schema)),)


def _column(statement: s.TableStatement, catalog: Catalog) -> tuple[str, ...] | None:
    table = statement.table
    found = catalog.table(table)

    def existing(name: str) -> Column | None:
        return found.column(name) if found is not None else None

    match statement:
        case s.AddColumn(column=column):
            # IF NOT EXISTS that found the column there changed nothing.
            return drop_column(table, column.name) if existing(column.name) is None else ()
        case s.RenameColumn(column=old, new_name=new):
            return (alter_table.rename_column(table, new, old),)
        case s.SetDefault(column=name) | s.DropDefault(column=name):
            return default_as_found(table, name, existing(name))
        case s.SetNotNull(column=name) if found is not None and only_inherited(found, name):
            # Nothing makes it only inherited again.
            return None
        case s.SetNotNull(column=name):
            return drop_not_null(table, name) if not _is_not_null(existing(name)) else ()
        case s.DropNotNull(column=name):
            return set_not_null(table, name, catalog) if _is_not_null(existing(name)) else ()
        case _:
            return None


def drop_column(table: RelationName, column: str) -> tuple[str, ...]:
    """Undo of ADD COLUMN."""
    return (compose("ALTER TABLE {table} DROP COLUMN {column}", table=table, column=Identifier(column)),)


def default_as_found(table: RelationName, column: str, existing: Column | None) -> tuple[str, ...]:
    """Undo of SET or DROP DEFAULT: the default that the catalog shows, or none."""
    if existing is None or existing.default is None:
        return (
            compose("ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT", table=table, column=Identifier(column)),
        )
    return (alter_table.set_default(table, column, existing.default),)


def drop_not_null(table: RelationName, column: str) -> tuple[str, ...]:
    """Undo of SET NOT NULL."""
    return (compose("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL", table=table, column=Identifier(column)),)


def set_not_null(table: RelationName, column: str, catalog: Catalog) -> tuple[str, ...]:
    """Undo of DROP NOT NULL; it reads the table, and fails if NULLs came in the meantime.

    From 18 the constraint gets the name and comment back that the catalog shows.
    """
    found = catalog.table(table)
    named = (
        next((c for c in found.constraints if c.type == "not_null" and c.columns == (column,)), None) if found else None
    )
    if named is None:
        template = "ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
        return (compose(template, table=table, column=Identifier(column)),)
    template = "ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL {column}"
    add = compose(template, table=table, name=Identifier(named.name), column=Identifier(column))
    return (add, *comment_on_constraint(table, named))


def add_constraint(table: RelationName, name: str, catalog: Catalog) -> tuple[str, ...] | None:
    """Undo of DROP CONSTRAINT: the definition that the catalog shows, its comment, and the marks of its index.

    None where the catalog shows no definition.
    """
    found = catalog.table(table)
    constraint = found.constraint(name) if found is not None else None
    if found is None or constraint is None or not constraint.definition:
        return None
    definition = constraint.definition
    marks: tuple[str, ...] = ()
    index = next((index for index in found.indexes if index.constraint == name), None)
    if index is not None and index.definition:
        definition = with_storage(definition, index.definition, index.tablespace)
        marks = marks_of_index(table, index)
    add = alter_table.add_constraint(table, name, definition)
    return (add, *comment_on_constraint(table, constraint), *marks)


def _constraint(statement: s.Statement, catalog: Catalog) -> tuple[str, ...] | None:
    match statement:
        case s.AddConstraint(table=table, constraint=constraint):
            name = naming.of_constraint(catalog, table, constraint)
            drop = compose("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table, name=Identifier(name))
            if constraint.using_index is None:
                return (drop,)
            # The index went over to the constraint, and goes with it.
            index = RelationName(table.schema, constraint.using_index)
            again = recreate_index(index, catalog, beside_writers=False)
            return (drop, *again) if again is not None else None
        case s.DropConstraint(table=table, name=name, cascade=False):
            return add_constraint(table, name, catalog)
        case s.RenameConstraint(table=table, name=old, new_name=new):
            template = "ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}"
            return (compose(template, table=table, new=Identifier(new), old=Identifier(old)),)
        case s.ValidateConstraint():
            # A constraint known to hold needs no taking back.
            return ()
        case _:
            return None


def recreate_index(index: RelationName, catalog: Catalog, *, beside_writers: bool) -> tuple[str, ...] | None:
    """Undo of DROP INDEX: the definition that the catalog shows, and the marks of the index.

    None where the catalog shows no definition, and for a replica identity that would be set beside the writers: that
    takes ACCESS EXCLUSIVE, which is for a transaction under the lock policy.
    """
    table = catalog.index_table(index)
    found = next((i for i in table.indexes if i.name == index), None) if table is not None else None
    if table is None or found is None or not found.definition or (beside_writers and found.replica_identity):
        return None
    definition = concurrently(found.definition) if beside_writers else found.definition
    return (definition, *statistics_of_index(found), *marks_of_index(table.name, found))


def _index(statement: s.Statement, catalog: Catalog) -> tuple[str, ...] | None:
    match statement:
        case s.CreateIndex(table=table, name=str(name), concurrently=True):
            return (compose("DROP INDEX CONCURRENTLY IF EXISTS {index}", index=RelationName(table.schema, name)),)
        case s.CreateIndex(table=table, name=str(name)):
            return (compose("DROP INDEX {index}", index=RelationName(table.schema, name)),)
        case s.DropIndex(index=name, cascade=False):
            return recreate_index(name, catalog, beside_writers=statement.concurrently)
        case s.RenameIndex(index=index, new_name=new):
            renamed = RelationName(index.schema, new)
            return (compose("ALTER INDEX {index} RENAME TO {name}", index=renamed, name=Identifier(index.name)),)
        case _:
            return None


def _is_not_null(column: Column | None) -> bool:
    return column is not None and column.not_null
