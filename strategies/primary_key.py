"""ADD CONSTRAINT ... PRIMARY KEY.

Naive risk: builds an index, and reads the table for NULLs, under ACCESS EXCLUSIVE.

Steps, in migrate: every column that takes NULL is made NOT NULL by the not-null sequence, the unique
index is built CONCURRENTLY, then ADD CONSTRAINT ... PRIMARY KEY USING INDEX. Where old code may leave a
column NULL, all but the index waits for contract, as its NOT NULL does. On a partitioned table: the key ON ONLY
it, then index and key of each leaf, each attached.

Locks: SHARE UPDATE EXCLUSIVE while rows are read and the index is built, ACCESS EXCLUSIVE for moments.

Old and new code: a NULL or a duplicate is refused from the steps that look for them on; new code has
the index to find its rows by in either case.

Preconditions: neither NULLs nor duplicates in the rows. From 18 on a NOT NULL that a column has inherited becomes the
table's own as well when the index is made the key, which the statement as written leaves alone; said in a note.

Undo: the constraint with its index, then the NOT NULLs, are dropped.

PostgreSQL: 14 to 18; a nullable column would make the last step scan (measured on 15, 16, 18).
"""

from collections.abc import Iterator
from dataclasses import replace

from online_migrate.catalog.model import Table
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AddConstraint
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import ConcurrentDdl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import unique_keys, writers
from online_migrate.strategies.parts.as_written import as_written, in_phase, step
from online_migrate.strategies.parts.batches import catch_up

KINDS = ("add_primary_key",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where an index is given already, on columns that are NOT NULL."""
    statement = change.statement
    assert isinstance(statement, AddConstraint)
    constraint, name = statement.constraint, statement.table
    if constraint.using_index is not None:
        constraint = _of_index(constraint, facts.catalog.table(name))
    elif not unique_keys.can_come_from_index(constraint):
        note = "A key WITHOUT OVERLAPS has no form that lets writers on."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    not_null = unique_keys.not_nulls(change, facts, name, constraint)
    given = constraint.using_index is not None
    if given and not not_null:
        return None
    key = (step(change, facts),) if given else unique_keys.key(change, facts, name, constraint)
    left_null = [column for column in constraint.columns if writers.may_leave_null(facts, name, column)]
    notes = () if given else tuple(_made_own(facts.catalog.tables[name], constraint))
    if not left_null:
        return replace(in_phase(PhaseName.MIGRATE, *not_null, *key), notes=notes)
    filling = [again for column in left_null for again in catch_up(change, facts, column)]
    note = f"Old code may leave {', '.join(left_null)} NULL, so the primary key waits until it is gone."
    # The index alone refuses no NULL. That of a partitioned table comes with the constraint.
    early = key[:1] if isinstance(key[0], ConcurrentDdl) else ()
    return Rewrite(migrate=early, contract=(*filling, *not_null, *key[len(early) :]), notes=(note, *notes))


def _made_own(table: Table, constraint: Constraint) -> Iterator[str]:
    """What no SQL can keep from happening when an index is made the key, nor put back."""
    if table.kind == "p":
        return
    for held in table.constraints:
        if held.type == "not_null" and held.inherited and set(held.columns) <= set(constraint.columns):
            yield f"The NOT NULL {held.name} is inherited; it becomes the table's own too, and stays if dropped there."


def _of_index(constraint: Constraint, table: Table | None) -> Constraint:
    """Return the constraint with the columns of the index that it is made of."""
    index = next((i for i in table.indexes if i.name.name == constraint.using_index), None) if table else None
    columns = tuple(column for column in index.key_columns if column is not None) if index is not None else ()
    return replace(constraint, columns=columns)
