"""ALTER TYPE ... RENAME VALUE.

Naive risk: quick and without a lock on any table, but from that moment the old word is an error, as the new one is
until then; rows that hold the value show the new word at once.

Steps, in contract: the statement as written. PostgreSQL knows a value by one word at a time and removes none, so that
no form ends in the same type and serves both words on the way. What uses the new word waits behind it.

Locks: none on tables.

Old and new code: old code is right until it is gone; new code must take the old word until contract has run.

Preconditions: none.

Undo: the old word.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertype.html.
"""

from online_migrate.grammar.statements import RenameEnumValue
from online_migrate.plan.model import PhaseName
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts.as_written import in_phase, step

KINDS = ("rename_enum_value",)


def rewrite(change: Change, facts: Facts) -> Rewrite:
    """Return the statement as one step of contract; not online, for new code meets the old word until then."""
    statement = change.statement
    assert isinstance(statement, RenameEnumValue)
    note = (
        f"PostgreSQL knows the value by one word at a time: old code writes {statement.value} until it is gone, and new"
        f" code must read and write {statement.value} until contract has run. Else add {statement.new_value} as a new"
        " value, change the rows, and leave the old value in the type."
    )
    return in_phase(PhaseName.CONTRACT, step(change, facts), online=False, note=note)
