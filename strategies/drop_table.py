"""DROP TABLE.

Naive risk: quick, but old code still uses the table, its rows are gone for good, and every table that
shares a foreign key with it is locked in ACCESS EXCLUSIVE at the same moment.

Steps, in contract: a partition leaves its table first, as in DETACH PARTITION CONCURRENTLY, where PostgreSQL can; then
each foreign key in a step of its own (also those that refer to it, with CASCADE or from a table that the plan drops as
well), then the table.
Where the policy keeps dropped tables, the last step moves it aside instead, into a schema of its own, with its rows,
indexes and sequences; `online-migrate dropped` puts it back or drops it for good.

Locks: SHARE UPDATE EXCLUSIVE on the table of a partition while it is detached (ACCESS EXCLUSIVE for a moment where it
cannot be detached beside the readers); ACCESS EXCLUSIVE on the two tables of each foreign key for a moment, then on the
table.

Old and new code: old code has the table until it is gone.

Preconditions: without CASCADE nothing else may depend on it (PostgreSQL refuses).

Undo: the partition is attached, the foreign keys are put back; the table is gone, unless it was kept aside.

PostgreSQL: 14 to 18; locks measured on 15, 16 and 18.
"""

from dataclasses import replace

from online_migrate.catalog.model import Table
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.grammar.statements import DropTable
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import done, keys, locks
from online_migrate.strategies.parts.as_written import step
from online_migrate.strategies.parts.detaching import detach
from online_migrate.strategies.parts.ids import helper_name, step_id

KINDS = ("drop_table",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where there is no such table."""
    statement = change.statement
    assert isinstance(statement, DropTable)
    table = facts.catalog.table(statement.table)
    if table is None:
        return None
    leaving = _leave(change, facts, table)
    foreign_keys = tuple(
        keys.drop_foreign_key(change, facts, owner, constraint)
        for owner, constraint in keys.foreign_keys_on(facts.catalog, table.name, cascade=True, detached=bool(leaving))
        if statement.cascade or owner == table.name or owner in _dropped_too(facts)
    )
    why_not = _why_not_kept(table, statement, facts)
    if facts.policy.keep_dropped_days and why_not is None:
        days = facts.policy.keep_dropped_days
        note = (
            f"{table.name} is kept aside for {days} days: `online-migrate dropped` puts it back or drops it for good."
        )
        return Rewrite(contract=(*foreign_keys, _set_aside(change, table.name)), notes=(note,))
    drop = step(change, facts)
    if table.parent is None or leaving:
        # What made the statement lock other tables is gone by then.
        drop = replace(drop, locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table.name))
    notes: tuple[str, ...] = (
        (f"{table.name} cannot be kept aside: {why_not}.",) if facts.policy.keep_dropped_days else ()
    )
    if table.is_partition and not leaving:
        notes += (f"PostgreSQL drops {table.name} only while nobody uses its table, for a moment.",)
    return Rewrite(contract=(*leaving, *foreign_keys, drop), notes=notes)


def _leave(change: Change, facts: Facts, table: Table) -> tuple[Step, ...]:
    """Return the steps that detach a partition; none where it is dropped as what it is.

    While foreign keys refer to its table, PostgreSQL refuses to drop it, as the statement as written would show.
    """
    above = table
    while above.parent is not None and (parent := facts.catalog.table(above.parent)) is not None:
        if facts.catalog.referencing(parent.name):
            return ()
        above = parent
    return detach(change, facts, table.name) or ()


def _why_not_kept(table: Table, statement: DropTable, facts: Facts) -> str | None:
    if table.kind != "r" or table.parent is not None or table.children:
        return "it has partitions, parents or children"
    if table.dependents:
        return f"{', '.join(map(str, table.dependents))} would go on reading it"
    referring = {owner.name for owner, _ in facts.catalog.referencing(table.name)} - {table.name, *_dropped_too(facts)}
    if referring and not statement.cascade:
        return "foreign keys refer to it, so that PostgreSQL refuses to drop it"
    return None


def _dropped_too(facts: Facts) -> frozenset[RelationName]:
    """DROP TABLE a, b drops tables that refer to each other in any order."""
    return frozenset(c.statement.table for c in facts.changes if isinstance(c.statement, DropTable))


def _set_aside(change: Change, table: RelationName) -> Ddl:
    # A schema for each, for the names of its indexes and sequences may be those of another one's.
    schema = helper_name("online_migrate_dropped", change.operation.id, str(table))
    kept = RelationName(schema, table.name)
    move = "ALTER TABLE {table} SET SCHEMA {schema}"
    return Ddl(
        id=step_id(change, "set_aside", table),
        operation=change.operation.id,
        purpose=f"keep {table} aside as {kept}, where no code finds it",
        sql=(
            compose("CREATE SCHEMA {schema}", schema=Identifier(schema)),
            compose(move, table=table, schema=Identifier(schema)),
        ),
        locks=locks.on(LockMode.ACCESS_EXCLUSIVE, table),
        done_check=done.relation_absent(table),
        undo=(
            compose(move, table=kept, schema=Identifier(table.schema)),
            compose("DROP SCHEMA {schema}", schema=Identifier(schema)),
        ),
        aside=kept,
    )
