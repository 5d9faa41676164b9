"""Statements of ALTER TABLE that several parts are composed of, written once."""

from online_migrate.grammar.compose import Definition, Expression, Identifier, compose
from online_migrate.plan.names import RelationName


def add_constraint(
    table: RelationName, name: str, definition: str, *, only: bool = False, not_valid: bool = False
) -> str:
    """Return the statement that adds a constraint as the catalog defines it.

    Args:
        only: not to the table's partitions.
        not_valid: for new rows; those that are there are not read.
    """
    template = "ALTER TABLE ONLY {table}" if only else "ALTER TABLE {table}"
    template += " ADD CONSTRAINT {name} {definition}" + (" NOT VALID" if not_valid else "")
    return compose(template, table=table, name=Identifier(name), definition=Definition(definition))


def add_check(table: RelationName, name: str, expression: str, *, not_valid: bool = False) -> str:
    """Return the statement that adds a CHECK; with `not_valid` for new rows."""
    template = "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({expression})" + (" NOT VALID" if not_valid else "")
    return compose(template, table=table, name=Identifier(name), expression=Expression(expression))


def drop_constraint(table: RelationName, name: str) -> str:
    """Return the statement that drops a constraint if it is there."""
    return compose("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}", table=table, name=Identifier(name))


def set_default(table: RelationName, column: str, default: str) -> str:
    """Return the statement that gives new rows their value."""
    return compose(
        "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}",
        table=table,
        column=Identifier(column),
        default=Expression(default),
    )


def rename_column(table: RelationName, old: str, new: str) -> str:
    """Return the statement that gives a column another name."""
    template = "ALTER TABLE {table} RENAME COLUMN {old} TO {new}"
    return compose(template, table=table, old=Identifier(old), new=Identifier(new))
