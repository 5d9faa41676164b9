"""Types and columns that get another name before the gate: from then on the catalog is read under the new one.

What puts back an index or a constraint that a later statement drops is taken from there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from online_migrate.catalog.model import Catalog, Column, ExtendedStatistics, Index, Table, TableConstraint, Trigger
from online_migrate.grammar import copies, edit, types
from online_migrate.grammar import statements as s
from online_migrate.plan.names import RelationName
from online_migrate.planner.objects import OBJECT, named_of
from online_migrate.planner.paths import Path, Paths
from online_migrate.strategies.interface import Rewrite

Defined = TypeVar("Defined", Trigger, ExtendedStatistics)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewName:
    """What has another name, and how texts read with that.

    Attributes:
        old: the name; a text without it stays.
        tables: whose texts may say it; None: all.
        statement, definition, expression: return CREATE ..., what follows ADD CONSTRAINT name, or an expression.
        referring: returns the foreign key of another table, where it may refer to what is renamed.
    """

    old: str
    tables: frozenset[RelationName] | None
    statement: Callable[[str], str]
    definition: Callable[[str], str]
    expression: Callable[[str], str]
    referring: Callable[[str], str] | None = None


def renamed_by(statement: s.Statement, rewrite: Rewrite, catalog: Catalog) -> NewName | None:
    """Return what a change itself gives another name before the gate, if anything."""
    if not (rewrite.expand or rewrite.migrate):
        return None
    match statement:
        case s.RenameType(type=type_, new=new):
            names = {type_: new}
            return NewName(
                old=type_.name,
                tables=None,
                statement=partial(types.in_statement, names=names),
                definition=partial(types.in_definition, names=names),
                expression=partial(types.in_expression, names=names),
            )
        # Beside a second column it keeps its name until contract, from where nothing leads back.
        case s.RenameColumn(table=table, column=old, new_name=new) if not rewrite.contract:
            family = () if statement.only else catalog.descendants(table)
            return NewName(
                old=old,
                tables=frozenset({table, *(member.name for member in family)}),
                statement=partial(copies.in_statement, old=old, new=new),
                definition=partial(copies.constraint_copy, old=old, new=new),
                expression=partial(edit.rename_column_references, new_names={old: new}),
                referring=partial(copies.referring_copy, old=old, new=new),
            )
        case _:
            return None


def under(catalog: Catalog, renamed: NewName) -> Catalog:
    """Return the catalog with the new name in the texts of all tables."""
    tables = {name: _under(table, renamed) for name, table in catalog.tables.items()}
    return replace(catalog, tables=tables, lookup=None)


def mentions(catalog: Catalog, renamed: NewName) -> Paths:
    """Return the paths of what says the old name: it is dropped only once that is another."""
    found: set[Path] = set()
    for t, table in catalog.tables.items():
        own = renamed.tables is None or t in renamed.tables
        if own:
            found |= {(t, "default", c.name) for c in table.columns if _says(c.default, renamed)}
            found |= {(t, "trigger", trigger.name) for trigger in table.triggers if _says(trigger.definition, renamed)}
            found |= {(OBJECT, of.name.name) for of in table.extended_statistics if _says(of.definition, renamed)}
        for index in table.indexes if own else ():
            found |= {(index.name,), (t, "index", index.name.name)} if _says(index.definition, renamed) else set()
        for constraint in table.constraints:
            if _says(constraint.definition, renamed) and (own or _refers(constraint, renamed)):
                found |= named_of(t, constraint.name)
    return frozenset(found)


def _under(table: Table, renamed: NewName) -> Table:
    if renamed.tables is not None and table.name not in renamed.tables:
        return replace(table, constraints=tuple(_referring(k, renamed) for k in table.constraints))
    return replace(
        table,
        columns=tuple(_column(column, renamed) for column in table.columns),
        indexes=tuple(_index(index, renamed) for index in table.indexes),
        constraints=tuple(_referring(_constraint(k, renamed), renamed) for k in table.constraints),
        triggers=tuple(_defined(trigger, renamed) for trigger in table.triggers),
        extended_statistics=tuple(_defined(of, renamed) for of in table.extended_statistics),
    )


def _column(column: Column, renamed: NewName) -> Column:
    if column.default is None or not _says(column.default, renamed):
        return column
    return replace(column, default=renamed.expression(column.default))


def _index(index: Index, renamed: NewName) -> Index:
    if not _says(index.definition, renamed):
        return index
    predicate = renamed.expression(index.predicate) if index.predicate else index.predicate
    return replace(index, definition=renamed.statement(index.definition), predicate=predicate)


def _constraint(constraint: TableConstraint, renamed: NewName) -> TableConstraint:
    if not _says(constraint.definition, renamed):
        return constraint
    expression = renamed.expression(constraint.expression) if constraint.expression else constraint.expression
    return replace(constraint, definition=renamed.definition(constraint.definition), expression=expression)


def _referring(constraint: TableConstraint, renamed: NewName) -> TableConstraint:
    if renamed.referring is None or not _refers(constraint, renamed) or not _says(constraint.definition, renamed):
        return constraint
    return replace(constraint, definition=renamed.referring(constraint.definition))


def _refers(constraint: TableConstraint, renamed: NewName) -> bool:
    return renamed.tables is not None and constraint.referenced in renamed.tables


def _defined(of: Defined, renamed: NewName) -> Defined:
    return replace(of, definition=renamed.statement(of.definition)) if _says(of.definition, renamed) else of


def _says(text: str | None, renamed: NewName) -> bool:
    """Whether a text may say the old name: parsed only then."""
    return text is not None and renamed.old in text
