"""ALTER TABLE ... ADD COLUMN.

Naive risk: a volatile default, serial, identity, stored generation or a constrained domain writes the
whole table anew under ACCESS EXCLUSIVE; an inline CHECK, REFERENCES, UNIQUE or PRIMARY KEY reads it or
builds an index under that lock; NOT NULL without a default breaks every INSERT of old code.

Steps, by what the column has:
- nothing, or a constant or stable default, NOT NULL or not: as it is, in expand (catalog only);
- a volatile default, serial: the column empty with the default for new rows (expand), the rows that
  were there in batches, NOT NULL by the not-null sequence (migrate);
- identity: as serial, with a sequence of ours until the column is NOT NULL, then ADD GENERATED, which
  goes on from the number reached (migrate);
- virtual and NOT NULL: the column (expand), NOT NULL by the not-null sequence (migrate);
- NOT NULL with a default only in the model: added with that default, which fills every row in the
  catalog and covers old code (expand); the default dropped when old code is gone (contract);
- NOT NULL with no default at all: added nullable (expand), NOT NULL in contract;
- inline constraints: the column first, then each by its own sequence under the name PostgreSQL would
  have chosen (migrate).

Locks: ACCESS EXCLUSIVE for a moment; those of the sequences; ROW EXCLUSIVE for the batches.

Old and new code: old code does not name the column and gets its default or NULL.

Preconditions: a stored generated column, a column of a constrained domain, and an identity where tables
inherit have no online form: they run as written, and a deploy refuses them on a large table.

Undo: the column is dropped.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES.
"""

from online_migrate.grammar import analysis, edit
from online_migrate.grammar.compose import Expression, Identifier, compose, compose_expression
from online_migrate.grammar.definitions import Assignment
from online_migrate.grammar.statements import AddColumn, Update
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import (
    alter_table,
    done,
    inline_constraints,
    inverse,
    locks,
    numbering,
    sequences,
    unbroken,
)
from online_migrate.strategies.parts.as_written import as_written
from online_migrate.strategies.parts.batches import batches, catch_up
from online_migrate.strategies.parts.ids import step_id

KINDS = ("add_column",)

_NOTHING_FILLS = (
    "Nothing in the plan fills it: with rows in the table NOT NULL fails, as the statement as written would."
)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the statement as it is only touches the catalog and breaks nothing."""
    statement = change.statement
    assert isinstance(statement, AddColumn)
    column = statement.column
    found = facts.catalog.table(statement.table)
    if found is None or statement.only or found.column(column.name) is not None:
        return None
    volatile = column.default is not None and analysis.contains_volatile(column.default, facts.catalog.volatility)
    if not inline_constraints.have_sequences(statement, facts):
        note = "One of its inline constraints has no form that lets writers on in a partitioned table."
        return as_written(change, facts, PhaseName.EXPAND, note=note)
    numbered = column.serial or (column.identity is not None and not _inherited(statement, facts))
    if column.generated == "stored" or (change.assessment.rewrites and not (volatile or numbered)):
        note = "The column can only be added by writing the table anew."
        return as_written(change, facts, PhaseName.EXPAND, note=note)
    if volatile or numbered:
        rewritten = _with_volatile_default(change, statement, facts)
    elif column.generated == "virtual" and column.not_null:
        rewritten = _virtual_not_null(change, statement, facts)
    elif column.not_null and column.default is None and column.generated is None:
        rewritten = _not_null_without_default(change, statement, facts)
    elif column.constraints:
        rewritten = Rewrite(expand=(_add(change, statement, facts, edit.without_inline_constraints(statement.sql)),))
    else:
        return None
    return inline_constraints.added(change, statement, facts, rewritten)


def _add(change: Change, statement: AddColumn, facts: Facts, *sql: str) -> Ddl:
    column = statement.column.name
    return Ddl(
        id=step_id(change, "add_column", statement.table, column),
        operation=change.operation.id,
        purpose=f"add the column {column} without reading or writing a row",
        sql=sql,
        search_path=change.operation.search_path,
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, statement.table),
        done_check=done.column_exists(statement.table, column),
        undo=inverse.drop_column(statement.table, column),
    )


def _with_volatile_default(change: Change, statement: AddColumn, facts: Facts) -> Rewrite:
    table, column = statement.table, statement.column
    bare = edit.as_nullable(edit.without_default(edit.without_inline_constraints(statement.sql)))
    if column.serial:
        default, add = numbering.serial(statement, facts, bare)
    elif column.identity is not None:
        default, add = numbering.stand_in(statement, facts, bare)
    else:
        assert column.default is not None
        default, add = column.default, (bare, alter_table.set_default(table, column.name, column.default))
    later = inline_constraints.with_column(facts, statement, not_null=False)
    filling = batches(change, _fill_nulls(statement, default), later)
    not_null = sequences.not_null(change, later, table, column.name) if column.not_null else ()
    made = (numbering.make_identity(change, statement, facts),) if column.identity is not None else ()
    notes = (filling.note,) if filling.note is not None else ()
    notes = (*notes, numbering.WHICH_NUMBER) if column.serial or made else notes
    expand = _add(change, statement, facts, *add)
    return Rewrite(
        expand=(*unbroken.steps(change, facts, table), expand),
        migrate=(*filling.steps, *not_null, *made),
        notes=notes,
    )


def _virtual_not_null(change: Change, statement: AddColumn, facts: Facts) -> Rewrite:
    """A computed column costs nothing, that it is nowhere NULL is read from the rows."""
    bare = edit.as_nullable(edit.without_inline_constraints(statement.sql))
    later = inline_constraints.with_column(facts, statement, not_null=False)
    not_null = sequences.not_null(change, later, statement.table, statement.column.name)
    return Rewrite(expand=(_add(change, statement, facts, bare),), migrate=not_null)


def _inherited(statement: AddColumn, facts: Facts) -> bool:
    """An identity does not pass to tables that inherit, so that their rows are another matter; partitions share it."""
    return facts.catalog.tables[statement.table].kind != "p" and bool(facts.catalog.descendants(statement.table))


def _not_null_without_default(change: Change, statement: AddColumn, facts: Facts) -> Rewrite:
    table, column = statement.table, statement.column
    bare = edit.without_inline_constraints(statement.sql)
    literal = change.operation.python_default
    if literal is not None:
        drop = Ddl(
            id=step_id(change, "drop_default", table, column.name),
            operation=change.operation.id,
            purpose=f"drop the default that stood in for old code in {column.name}",
            sql=inverse.default_as_found(table, column.name, None),
            locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table),
            done_check=done.default_is(table, column.name, present=False),
            undo=(alter_table.set_default(table, column.name, literal),),
        )
        add = _add(change, statement, facts, edit.with_default(bare, literal))
        note = f"The model's own default {literal} fills the rows that are there and those that old code adds."
        late = frozenset({(table, "default", column.name)})
        return Rewrite(expand=(add,), contract=(drop,), settled=PhaseName.EXPAND, late=late, notes=(note,))
    later = inline_constraints.with_column(facts, statement, not_null=False)
    steps = (*catch_up(change, later, column.name), *sequences.not_null(change, later, table, column.name))
    note = f"Old code inserts rows without {column.name}, so NOT NULL waits until it is gone."
    notes = (note,) if (table, column.name) in facts.fills else (note, _NOTHING_FILLS)
    add = _add(change, statement, facts, edit.as_nullable(bare))
    late = frozenset({(table, "nullability", column.name)})
    return Rewrite(expand=(add,), contract=steps, settled=PhaseName.EXPAND, late=late, notes=notes)


def _fill_nulls(statement: AddColumn, default: str) -> Update:
    """The UPDATE that gives the rows that were there what new ones get."""
    table, column = statement.table, statement.column.name
    template = "UPDATE {table} SET {column} = {default} WHERE {column} IS NULL"
    return Update(
        sql=compose(template, table=table, column=Identifier(column), default=Expression(default)),
        table=table,
        alias=None,
        assignments=(Assignment(column=column, expression=default),),
        assigned_columns=(column,),
        where=compose_expression("{column} IS NULL", column=Identifier(column)),
        other_relations=(),
        reads_columns=(),
        where_columns=(column,),
        functions=tuple(name.rpartition(".")[2] for name in analysis.functions(default)),
    )
