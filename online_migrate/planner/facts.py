"""What the operations of a plan say together: tables and columns that are new, columns that an UPDATE fills."""

from collections.abc import Mapping, Sequence

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import analysis
from online_migrate.grammar import statements as s
from online_migrate.grammar.definitions import Assignment, Constraint
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Change, ColumnKey, Fill


def new_tables(changes: Sequence[Change], live: Catalog) -> frozenset[RelationName]:
    """Return the tables that the plan creates, under every name they have in it."""
    created: set[RelationName] = set()
    for change in changes:
        note_new_table(created, change.statement, live)
    return frozenset(created)


def note_new_table(created: set[RelationName], statement: s.Statement, live: Catalog) -> None:
    """Add to the tables that the statements before have created the one that this statement makes or renames."""
    match statement:
        case s.CreateTable(table=table) if live.table(table) is None:
            created.add(table)
        case s.RenameTable(table=table, new_name=new_name) if table in created:
            created.add(RelationName(table.schema, new_name))
        case s.SetSchema(table=table, schema=schema) if table in created:
            created.add(RelationName(schema, table.name))
        case _:
            pass


def note_new_column(created: set[ColumnKey], statement: s.Statement, catalog: Catalog) -> None:
    """Add to the columns that the statements before have added the one that this statement adds or renames."""
    match statement:
        case s.AddColumn(table=table, column=column) if (found := catalog.table(table)) is not None:
            if found.column(column.name) is None:
                created.add((table, column.name))
        case s.RenameColumn(table=table, column=old, new_name=new) if (table, old) in created:
            created.add((table, new))
        case _:
            pass


def new_columns(changes: Sequence[Change], live: Catalog) -> Mapping[ColumnKey, Change]:
    """Return the columns that the plan adds to tables that exist, with the change that adds each."""
    return {
        (change.statement.table, change.statement.column.name): change
        for change in changes
        if isinstance(change.statement, s.AddColumn) and live.table(change.statement.table) is not None
    }


def required(changes: Sequence[Change]) -> frozenset[ColumnKey]:
    """Return the columns in which a statement of the plan refuses NULL from then on."""
    return frozenset(key for change in changes for key in _required(change.statement))


def _required(statement: s.Statement) -> tuple[ColumnKey, ...]:
    match statement:
        case s.SetNotNull(table=table, column=column):
            return ((table, column),)
        case s.AddConstraint(table=table, constraint=Constraint(type="not_null" | "primary_key", columns=columns)):
            return tuple((table, column) for column in columns)
        case s.AddConstraint(table=table, constraint=Constraint(expression=str(expression))):
            return tuple((table, column) for column in analysis.null_rejecting_columns(expression))
        case _:
            return ()


def fills(changes: Sequence[Change], live: Catalog) -> Mapping[ColumnKey, tuple[Fill, ...]]:
    """Return the UPDATEs of the plan that give a column its values, in order, by column."""
    added = new_columns(changes, live)
    found: dict[ColumnKey, tuple[Fill, ...]] = {}
    for change in changes:
        if isinstance(change.statement, s.Update):
            for assignment in change.statement.assignments:
                key = (change.statement.table, assignment.column)
                fill = _fill(change, change.statement, assignment, key in added, live)
                found[key] = (*found.get(key, ()), fill)
    return found


def _fill(change: Change, update: s.Update, assignment: Assignment, new: bool, live: Catalog) -> Fill:
    conjuncts = analysis.conjuncts(update.where) if update.where else ()
    guards = [c for c in conjuncts if analysis.null_tested_column(c) == assignment.column]
    looks_elsewhere = bool(update.other_relations or update.has_from or update.has_subquery or update.has_with)
    volatile = analysis.contains_volatile(assignment.expression, live.volatility)
    return Fill(
        change=change,
        expression=assignment.expression,
        row_local=not looks_elsewhere and not volatile,
        only_nulls=new or bool(guards),
        complete=len(guards) == len(conjuncts),
    )
