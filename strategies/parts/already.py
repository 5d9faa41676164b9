"""Statements that would change nothing, which Alembic's `alter_column` and IF EXISTS write all the time.

As written each of them waits for ACCESS EXCLUSIVE, and every statement of the application behind it,
for nothing. The plan is bound to the catalog that says so, and is refused once that has changed.
"""

from online_migrate.catalog import type_names
from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar import statements as s
from online_migrate.grammar.predicates import sets_schema
from online_migrate.strategies.interface import Rewrite


def already(statement: s.Statement, catalog: Catalog) -> Rewrite | None:
    """Return a rewrite without steps where the catalog shows that the statement finds its work done; else None."""
    if _moves_nothing(statement):
        return _nothing("It is in this schema already, so there is nothing to do.")
    table = catalog.table(statement.table) if isinstance(statement, s.TableStatement) else None
    if table is None or catalog.descendants(table.name):
        return None
    column = table.column(getattr(statement, "column", ""))
    match statement:
        case s.SetNotNull() if column is not None and column.not_null and not only_inherited(table, column.name):
            return _nothing(f"{column.name} is NOT NULL already, so there is nothing to do.")
        case s.DropNotNull() if column is not None and not column.not_null:
            return _nothing(f"{column.name} takes NULL already, so there is nothing to do.")
        case s.AlterType(type=text, using=None, collation=None) if (
            column is not None and column.collation is None and type_names.canonical(text, catalog) == column.type
        ):
            return _nothing(f"{column.name} is of this type already, so there is nothing to do.")
        case s.DropConstraint(name=name, constraint_if_exists=True) if table.constraint(name) is None:
            return _nothing(f"There is no constraint {name}, so there is nothing to do.")
        case _:
            return None


def _moves_nothing(statement: s.Statement) -> bool:
    """SET SCHEMA to the one in which a thing is; a name that is given again is an error."""
    match statement:
        case s.SetSchema(table=table, schema=schema):
            return schema == table.schema
        case s.RenameType(type=old, new=new) | s.RenameSequence(sequence=old, new=new):
            return old == new and sets_schema(statement.sql)
        case s.RenameFunction(schema=schema, new_schema=str(new_schema)):
            return schema == new_schema
        case _:
            return False


def only_inherited(table: Table, column: str) -> bool:
    """Whether SET NOT NULL would make an inherited NOT NULL the table's own, as it does from 18 on."""
    if table.is_partition:
        return False
    return any(k.type == "not_null" and k.inherited and k.columns == (column,) for k in table.constraints)


def _nothing(note: str) -> Rewrite:
    return Rewrite(notes=(note,))
