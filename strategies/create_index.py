"""CREATE INDEX.

Naive risk: SHARE lock for the whole build: nobody writes meanwhile.

Steps, in expand: CREATE INDEX CONCURRENTLY. On a partitioned table: the index ON ONLY the parent (a
shell), on each leaf CONCURRENTLY, each attached to its parent's, under the names PostgreSQL would have
chosen; the shell becomes valid with the last one, at every level. IF NOT EXISTS is left out: it would
take an invalid leftover for the index; the done-check asks for a valid one.

Locks: SHARE UPDATE EXCLUSIVE on the table while the index is built; a shell takes SHARE on its (row-less)
parent for a moment.

Old and new code: neither notices; a unique index refuses duplicates from the build on.

Preconditions: no old snapshot that never ends (the build waits for it); 14.0 to 14.3 could build corrupt
indexes this way (release notes of 14.4).

Undo: DROP INDEX CONCURRENTLY; of a partitioned index all at once.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY.
"""

from online_migrate.grammar.statements import CreateIndex
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import indexes

KINDS = ("create_index",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None for a table that the catalog does not know, and one that has the index."""
    statement = change.statement
    assert isinstance(statement, CreateIndex)
    steps = () if statement.only else indexes.beside_writers(change, statement, facts)
    return Rewrite(expand=steps) if steps else None
