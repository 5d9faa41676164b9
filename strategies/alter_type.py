"""ALTER COLUMN TYPE, where the table would be written anew.

Naive risk: the whole table is rewritten, and every index on it built, under ACCESS EXCLUSIVE: nobody reads or writes.

Steps, where every value of the old type is one of the new (integer to bigint or numeric, real to double precision).
Expand: a shadow column of the new type under a name of ours, and a trigger that gives it what the column holds.
Migrate: the rows that are there, page by page; NOT NULL, indexes, CHECKs and foreign keys of the shadow, built and
validated beside the writers; then one short transaction in which the two columns change hands. Contract: the column
that was is dropped.

Locks: ACCESS EXCLUSIVE three times for a moment, row locks of one batch, SHARE UPDATE EXCLUSIVE and less in between.

Old and new code: up to the swap the column is as it was, after it of the new type, under the same name. Sessions
with prepared statements that return it meet `cached plan must not change result type`, as they would naively. The
column moves to the end of the table: once contract has run, an INSERT or COPY without a column list is wrong. While
there are two unique indexes, two upserts of the same new key at the same instant can meet in the second one.

Carried over to the letter: default and sequence ownership, NOT NULL, statistics target, options, comments, column
grants; plain, unique, partial and expression indexes; UNIQUE, CHECK and foreign keys. Storage and compression become
those of the new type, as ALTER TYPE makes them.

Preconditions: a plain table. Run as written, and said, where there is a part that is not carried (primary key, keys
that refer to the column, identity, partitions, exclusion, extended statistics) or that PostgreSQL itself refuses to
alter under (views, policies, triggers, generated columns, publications).

Undo: until contract; after the swap the old column is kept up, and a value that does not fit it is NULL there. Undoing
the swap reads the table once for its NOT NULL and CHECKs.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES.
"""

from collections.abc import Iterator

from online_migrate.catalog.model import Column, Table
from online_migrate.catalog.type_names import canonical
from online_migrate.grammar import copies
from online_migrate.grammar.compose import Identifier, compose_body, compose_expression
from online_migrate.grammar.statements import AlterType
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.model import PhaseName
from online_migrate.strategies import moved_identity, referrers, shadow, swap
from online_migrate.strategies.as_written import as_written
from online_migrate.strategies.ids import helper_name
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.shadow import Shadow

KINDS = ("alter_type",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the table is not written anew, or a value may not fit the new type."""
    statement = change.statement
    assert isinstance(statement, AlterType)
    table = facts.catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    if table is None or column is None or not change.assessment.rewrites:
        return None
    type_ = canonical(statement.type, facts.catalog)
    obstacle = next(_obstacles(change, table, column, type_, facts), None)
    if obstacle is not None:
        return as_written(change, facts, PhaseName.MIGRATE, note=f"No second column can take its place: {obstacle}.")
    made = _shadow(change, facts, table, column, type_)
    return Rewrite(
        expand=(shadow.create(made),),
        migrate=(*shadow.fill(made), *swap.prepare(made), swap.cut_over(made)),
        contract=swap.drop_kept(made),
        settled=PhaseName.MIGRATE,
        notes=(f"{column.name} moves to the end of the table: write columns by name in INSERT and COPY.",),
    )


def _shadow(change: Change, facts: Facts, table: Table, column: Column, type_: str) -> Shadow:
    name = helper_name("online_migrate_new", change.operation.id, str(table.name), column.name)
    return Shadow(
        change=change,
        facts=facts,
        table=table,
        column=column,
        name=name,
        type=type_,
        value=compose_expression("{column}", column=Identifier(column.name)),
        last=compose_body(shadow.FOLLOW, old=Identifier(column.name), shadow=Identifier(name)),
    )


def _obstacles(change: Change, table: Table, column: Column, type_: str, facts: Facts) -> Iterator[str]:
    """Yield why the online form is not possible, the weightiest reason first."""
    name = column.name
    if change.assessment.compatibility is not Compatibility.NONE or column.type.startswith("json"):
        yield f"a value of {name} may not fit the new type, or code may not read it the same way"
    if table.kind != "r" or table.children or table.parent is not None:
        yield "the table is partitioned or inherits"
    live = facts.live.table(table.name)
    if live is None or live.column(name) is None:
        yield "the plan itself makes or renames the column"
    if isinstance(change.statement, AlterType) and change.statement.collation is not None:
        yield "its collation changes as well"
    if column.identity is not None:
        yield from filter(None, [moved_identity.obstacle(facts.catalog, table.name, column, type_)])
    if table.publications:
        yield f"its rows are published by {', '.join(table.publications)}, and subscribers know no second column"
    views = [str(view) for of, view in table.column_dependents if of == name]
    if column.held_by or views:
        yield f"there is {', '.join((*column.held_by, *views))} on it"
    foreign = sorted({str(trigger.function) for trigger in swap.compiled_triggers(table) if not trigger.owned})
    if foreign:
        yield f"sessions keep plans of {', '.join(foreign)}, which belongs to another role, and would fail"
    yield from _obstacles_in_keys(table, name)
    yield from referrers.obstacles(table, name, facts.catalog.referencing(table.name))
    other = shadow.obstacle(table, column, facts.catalog)
    if other is not None:
        yield other


def _obstacles_in_keys(table: Table, column: str) -> Iterator[str]:
    for constraint in table.constraints:
        if column not in constraint.columns:
            continue
        if constraint.type == "exclude":
            yield f"{constraint.name} excludes rows, and no such constraint can be built beside writers"
        if constraint.type in ("primary_key", "unique") and copies.is_deferrable(constraint.definition):
            yield f"{constraint.name} is deferrable, which a second unique index is not"
        if not constraint.valid or not constraint.enforced or constraint.inherited:
            yield f"{constraint.name} is not valid"
        if (
            constraint.type == "foreign_key"
            and len(constraint.columns) > 1
            and copies.matches_full(constraint.definition)
        ):
            yield f"{constraint.name} is MATCH FULL, and a value that does not fit the old type would be NULL in it"
    for index in table.indexes:
        if column in index.columns and not index.valid:
            yield f"the index {index.name.name} is not valid"
        if column in index.columns and index.constraint is not None and index.method != "btree":
            yield f"{index.constraint} rests on a {index.method} index"
