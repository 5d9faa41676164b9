"""ALTER COLUMN TYPE, where rows would be written anew or read.

Naive risk: the whole table is rewritten, and every index on it built, under ACCESS EXCLUSIVE: nobody reads or writes.
Where the values stay as they are, CHECKs on the column are checked again and its partial and expression indexes built.

Steps. Expand: a shadow column of the new type under a name of ours, and a trigger that gives it what the column holds.
Migrate: the rows that are there, page by page; NOT NULL, indexes, CHECKs and foreign keys of the shadow, and those that
refer to it, built and validated beside the writers; then one short transaction in which the two columns change hands.
Contract: the column that was is dropped.

Where a value may not fit (text to integer, less room) or reads another way: the trigger leaves the shadow NULL where
there is no value, so that no write fails for it; the backfill, and a sweep after the indexes, stop at such a row and
name it. Then a CHECK proves that shadow and column say the same in every row. While it is validated, a write of a value
that does not fit fails, as it does from the swap on.

Locks: ACCESS EXCLUSIVE three times for a moment, in the swap also on the tables that refer to the column; row locks of
one batch, SHARE UPDATE EXCLUSIVE and less in between.

Old and new code: up to the swap the column is as it was, after it of the new type, under the same name. Sessions
with prepared statements that return it meet `cached plan must not change result type`, as they would naively. The
column moves to the end of the table: once contract has run, an INSERT or COPY without a column list is wrong.

Carried over to the letter: default and sequence ownership, identity (its sequence is made anew, with options, rights
and position), NOT NULL, statistics target, options, comments, column grants; indexes of every kind, with tablespace,
CLUSTER and replica identity; PRIMARY KEY, UNIQUE, CHECK and foreign keys, those that refer to the column too; extended
statistics. Storage and compression become those of the new type, and the target of extended statistics the default, as
ALTER TYPE makes them; so does the type of an identity sequence, not that of a serial one.

Of a partitioned table all of it partition by partition: the keys of the partitions are built beside the writers, and in
the swap the table's own key takes them in. As ALTER TYPE does, the swap gives the partitions' indexes the names that
PostgreSQL would choose, and leaves their own comments and CLUSTER behind. A table that becomes a partition meanwhile
needs the second column, without which PostgreSQL refuses to attach it.

Preconditions: a table that neither inherits nor is inherited from. Run as written, and said, where there is a part that
is not carried (exclusion, deferrable keys, a publication of the table; foreign keys and identity of a partitioned one,
and what a partition has that is not its parent's; what is on two columns of a type that is replaced), where sessions
could disagree on the value (volatile or stable functions, times and floats as text), where unequal values of a unique
index may become equal, or where PostgreSQL itself refuses to alter (views, policies, triggers, generated columns).

Undo: until contract; after the swap the old column is kept up, and a value that does not fit it is NULL there. Undoing
the swap reads the table for its NOT NULL, CHECKs and unique indexes, and what refers to it. Where USING computes what
cannot be turned round, the swap is for good.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES.
"""

from collections.abc import Iterator
from dataclasses import replace

from online_migrate.catalog.model import Catalog, Column, Table
from online_migrate.catalog.type_names import canonical
from online_migrate.grammar import analysis, copies
from online_migrate.grammar.compose import Expression, Identifier, compose_body, compose_expression
from online_migrate.grammar.edit import row_reference
from online_migrate.grammar.statements import AlterType
from online_migrate.plan.assessment import Compatibility, Risk
from online_migrate.plan.model import PhaseName
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import (
    conversions,
    exchange,
    moved_identity,
    moved_statistics,
    partitions,
    referrers,
    sequences,
    shadow,
    swap,
)
from online_migrate.strategies.parts.as_written import as_written
from online_migrate.strategies.parts.conversions import Conversion
from online_migrate.strategies.parts.exchange import Exchange
from online_migrate.strategies.parts.ids import helper_name
from online_migrate.strategies.parts.shadow import Shadow

KINDS = ("alter_type",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where no row is written anew or read, or that is done in a moment."""
    statement = change.statement
    assert isinstance(statement, AlterType)
    table = facts.catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    if table is None or column is None or not (change.assessment.rewrites or change.assessment.scans):
        return None
    exchanged = exchange.of(change, facts)
    total = change.assessment.compatibility is Compatibility.NONE and not column.type.startswith("json")
    if not total and facts.policy.small_tables_as_written and change.assessment.risk in (Risk.MINIMAL, Risk.MODERATE):
        # Code is not spared the change of what it reads, so a second column spares it nothing.
        return _as_written(change, facts, exchanged) if exchanged is not None else None
    conversion = conversions.widening(column) if total else conversions.of(statement, table, column, facts.catalog)
    type_ = canonical(statement.type, facts.catalog)
    obstacle = next(_obstacles(change, table, column, type_, facts), None)
    if obstacle is None and conversion is None:
        obstacle = "sessions could disagree on what a value becomes, as settings, functions or types decide it"
    if obstacle is None and not total and _merges(statement, table, column, facts):
        obstacle = "two values of a unique index may become the same"
    if obstacle is None and exchanged is not None:
        both = exchange.entangled(exchanged, change, facts)
        obstacle = f"{both} is on two columns that change in one moment" if both is not None else None
    if obstacle is not None or conversion is None:
        note = f"No second column can take its place: {obstacle}."
        return _as_written(change, facts, exchanged, note=note)
    made = _shadow(change, facts, table, column, conversion, exchanged=exchanged)
    return Rewrite(
        expand=shadow.create(made),
        migrate=(
            *shadow.fill(made),
            *swap.prepare(made, conversion),
            swap.cut_over(made, _after(conversion, exchanged), exchanged),
        ),
        contract=(*swap.drop_kept(made), *(exchanged.drop(change) if exchanged is not None else ())),
        settled=PhaseName.MIGRATE,
        joins=_joins(change, exchanged),
        notes=tuple(_notes(made, conversion)),
    )


def _as_written(change: Change, facts: Facts, exchanged: Exchange | None, note: str | None = None) -> Rewrite:
    """The statement, in one transaction with the new names of the types where one takes the place of another."""
    rewritten = as_written(change, facts, PhaseName.MIGRATE, note=note)
    if exchanged is None:
        return rewritten
    (step,) = rewritten.migrate
    sql = (*map(exchanged.statement_before, step.sql), *exchanged.move(change).do)
    # What leads back names the type, which is another by then.
    step = replace(step, sql=sql, undo=(), reversible=False, done_check=None)
    return replace(
        rewritten,
        migrate=(step,),
        contract=exchanged.drop(change),
        settled=PhaseName.MIGRATE,
        joins=_joins(change, exchanged),
    )


def _joins(change: Change, exchanged: Exchange | None) -> str | None:
    last = exchanged.last if exchanged is not None else None
    return last if last != change.operation.id else None


def _after(conversion: Conversion, exchanged: Exchange | None) -> Conversion:
    if exchanged is None:
        return conversion
    back = exchanged.after(conversion.back) if conversion.back is not None else None
    return replace(conversion, value=exchanged.after(conversion.value), back=back)


def _merges(statement: AlterType, table: Table, column: Column, facts: Facts) -> bool:
    family = (table, *facts.catalog.descendants(table.name))
    unique = any(index.unique and column.name in index.columns for member in family for index in member.indexes)
    return unique and not conversions.keeps_apart(statement, column, facts.catalog)


def _notes(made: Shadow, conversion: Conversion) -> Iterator[str]:
    column, catalog = made.column, made.facts.catalog
    yield f"{column.name} moves to the end of the table: write columns by name in INSERT and COPY."
    for sequence in moved_identity.sequences_of(catalog, made.table.name, column.name):
        options = catalog.sequence_options.get(sequence)
        if column.identity is None and options is not None and options.type != made.type:
            yield f"The sequence {sequence} stays of type {options.type} and ends at {options.maximum}: ALTER SEQUENCE."
    if not conversion.total:
        yield f"{column.name} is of type {column.type} up to the swap, then {made.type}: code must do with both."
        yield f"A value of {column.name} that does not fit stops the deploy before the swap, and is named."
    if conversion.back is None:
        yield "Once the columns are swapped there is no way back: USING cannot be turned round."


def _shadow(
    change: Change, facts: Facts, table: Table, column: Column, conversion: Conversion, *, exchanged: Exchange | None
) -> Shadow:
    assert isinstance(change.statement, AlterType)
    type_, value = canonical(change.statement.type, facts.catalog), conversion.value
    if exchanged is not None:
        type_, value = compose_expression("{name}", name=exchanged.new), exchanged.before(value)
    name = helper_name("online_migrate_new", change.operation.id, str(table.name), column.name)
    made = Shadow(
        change=change,
        facts=facts,
        table=table,
        column=column,
        name=name,
        type=type_,
        value=value,
        last=compose_body(shadow.FOLLOW, old=Identifier(column.name), shadow=Identifier(name)),
    )
    if conversion.total:
        return made
    columns = tuple(c.name for c in table.columns)
    on_new = row_reference(value, "NEW", columns=columns, names=(table.name.name,))
    steady = column.default is not None and not analysis.contains_volatile(column.default, facts.catalog.volatility)
    return replace(
        made,
        last=compose_body(shadow.CONVERT, shadow=Identifier(name), value=Expression(on_new)),
        path=change.operation.search_path or facts.catalog.search_path,
        # A default that cannot be one of the new type is refused at once.
        default=column.default if steady else None,
    )


def _obstacles(change: Change, table: Table, column: Column, type_: str, facts: Facts) -> Iterator[str]:
    """Yield why the online form is not possible, the weightiest reason first."""
    name = column.name
    yield from partitions.obstacles(change, table, column, facts)
    live = facts.live.table(table.name)
    if live is None or live.column(name) is None:
        yield "the plan itself makes or renames the column"
    if any(shadow.takes_every_column(other, table) for other in facts.changes):
        yield "the plan reads all columns of the table, the one for the swap among them: name them"
    if isinstance(change.statement, AlterType) and change.statement.collation is not None:
        yield "its collation changes as well"
    if column.identity is not None and table.kind == "r":
        yield from filter(None, [moved_identity.obstacle(change, facts, table.name, column, type_)])
    if table.publications:
        yield f"its rows are published by {', '.join(table.publications)}, and subscribers know no second column"
    yield from moved_statistics.obstacles(table, name, facts)
    views = [str(view) for of, view in table.column_dependents if of == name]
    if column.held_by or views:
        yield f"there is {', '.join((*column.held_by, *views))} on it"
    foreign = sorted({str(t.function) for t in swap.compiled_triggers(table, facts.catalog) if not t.owned})
    if foreign:
        yield f"sessions keep plans of {', '.join(foreign)}, which belongs to another role, and would fail"
    yield from _obstacles_in_constraints(table, name, facts.catalog)
    for member in (table, *facts.catalog.descendants(table.name)):
        yield from _obstacles_in_indexes(member, name)
    yield from referrers.obstacles(table, name, facts.catalog.referencing(table.name))
    other = shadow.obstacle(table, column, facts)
    if other is not None:
        yield other


def _obstacles_in_constraints(table: Table, column: str, catalog: Catalog) -> Iterator[str]:
    for constraint in table.constraints:
        if column not in constraint.columns:
            continue
        if constraint.type == "exclude":
            yield f"{constraint.name} excludes rows, and no such constraint can be built beside writers"
        if constraint.type in ("primary_key", "unique") and copies.is_deferrable(constraint.definition):
            yield f"{constraint.name} is deferrable, which a second unique index is not"
        if not constraint.valid or not constraint.enforced or constraint.inherited:
            yield f"{constraint.name} is not valid"
        if not sequences.can_be_not_valid(catalog, constraint.referenced):
            yield f"before PostgreSQL 18 {constraint.name}, to a partitioned table, must check all rows at once"
        is_wide = constraint.type == "foreign_key" and len(constraint.columns) > 1
        if is_wide and copies.matches_full(constraint.definition):
            yield f"{constraint.name} is MATCH FULL, and a value that does not fit the old type would be NULL in it"


def _obstacles_in_indexes(table: Table, column: str) -> Iterator[str]:
    for index in table.indexes:
        if column not in index.columns:
            continue
        if not index.valid:
            yield f"the index {index.name.name} is not valid"
        if index.constraint is not None and index.method != "btree":
            yield f"{index.constraint} rests on a {index.method} index"
        is_key = table.kind == "p" and index.constraint is not None
        if is_key and (index.tablespace or copies.has_options(index.definition)):
            yield f"{index.constraint} of the partitioned table {table.name.name} has options or a tablespace"
