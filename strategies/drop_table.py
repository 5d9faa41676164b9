"""DROP TABLE.

Naive risk: quick, but old code still uses the table, its rows are gone for good, and every table that
shares a foreign key with it is locked in ACCESS EXCLUSIVE at the same moment.

Steps, in contract: each foreign key in a step of its own (with CASCADE also those that refer to it), then the table.

Locks: ACCESS EXCLUSIVE on the two tables of each foreign key for a moment, then on the table.

Old and new code: old code has the table until it is gone.

Preconditions: without CASCADE nothing else may depend on it (PostgreSQL refuses).

Undo: the foreign keys are put back; the table is gone.

PostgreSQL: 14 to 18; locks measured on 15, 16 and 18.
"""

from dataclasses import replace

from online_migrate.grammar.statements import DropTable
from online_migrate.plan.names import LockMode
from online_migrate.strategies import keys, locks
from online_migrate.strategies.as_written import step
from online_migrate.strategies.interface import Change, Facts, Rewrite

KINDS = ("drop_table",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where there is no such table."""
    statement = change.statement
    assert isinstance(statement, DropTable)
    if facts.catalog.table(statement.table) is None:
        return None
    foreign_keys = tuple(
        keys.drop_foreign_key(change, facts, owner, constraint)
        for owner, constraint in keys.foreign_keys_on(facts.catalog, statement.table, cascade=statement.cascade)
    )
    # What made the statement lock other tables is gone by then.
    drop = replace(step(change, facts), locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, statement.table))
    return Rewrite(contract=(*foreign_keys, drop))
