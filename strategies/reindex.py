"""REINDEX of an index or a table.

Naive risk: SHARE on the table for as long as the indexes are built, and ACCESS EXCLUSIVE on each: nobody writes, and
queries that would use the index wait too.

Steps, in migrate: REINDEX CONCURRENTLY. What an interrupted try leaves (name_ccnew, name_ccold) is dropped before the
next one. REINDEX of a schema, a database or the system catalogs, and of an exclusion constraint, for which
PostgreSQL has no such form or skips what it could not do so: as written.

Locks: SHARE UPDATE EXCLUSIVE on the table; it waits for the transactions that use it.

Old and new code: neither notices.

Preconditions: room for a second copy of each index.

Undo: none is needed.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY.
"""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog, Index, Table
from online_migrate.grammar import edit
from online_migrate.grammar.statements import Reindex
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import locks
from online_migrate.strategies.parts.as_written import as_written, in_phase
from online_migrate.strategies.parts.ids import step_id

KINDS = ("reindex",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the step; None for a relation that the catalog does not know."""
    statement = change.statement
    assert isinstance(statement, Reindex)
    if statement.relation is None or statement.target not in ("index", "table"):
        note = "PostgreSQL rebuilds the indexes of system catalogs only while nobody writes to them."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    found = tuple(_indexes(facts.catalog, statement.relation))
    if not found:
        return None
    excluding = next((i.name.name for t, i in found if _excludes(t, i)), None)
    if excluding is not None:
        note = f"{excluding} excludes rows, and PostgreSQL rebuilds no such index beside writers."
        return as_written(change, facts, PhaseName.MIGRATE, note=note)
    step = ConcurrentDdl(
        id=step_id(change, "reindex", statement.relation),
        operation=change.operation.id,
        purpose=f"build the indexes of {statement.relation} anew beside the writers"
        if statement.target == "table"
        else f"build the index {statement.relation.name} anew beside the writers",
        sql=(statement.sql if statement.concurrently else edit.concurrently(statement.sql),),
        search_path=change.operation.search_path,
        locks=locks.strongest(lock for t, _ in found for lock in locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, t.name)),
        rebuilds=tuple(index.name for _, index in found),
    )
    return in_phase(PhaseName.MIGRATE, step)


def _indexes(catalog: Catalog, relation: RelationName) -> Iterator[tuple[Table, Index]]:
    """Yield the indexes that are built, with their tables: of leaves, where a table or an index is partitioned."""
    table = catalog.table(relation)
    if table is not None:
        yield from ((leaf, index) for leaf in catalog.leaves(relation) for index in leaf.indexes)
        return
    owner = catalog.index_table(relation)
    for member in () if owner is None else (owner, *catalog.descendants(owner.name)):
        below = [index for index in member.indexes if _is_part(catalog, index, relation)]
        yield from ((member, index) for index in below if member.kind != "p")


def _is_part(catalog: Catalog, index: Index, whole: RelationName) -> bool:
    if index.name == whole or index.parent is None:
        return index.name == whole
    above = catalog.index_table(index.parent)
    parent = next((i for i in above.indexes if i.name == index.parent), None) if above is not None else None
    return parent is not None and _is_part(catalog, parent, whole)


def _excludes(table: Table, index: Index) -> bool:
    owner = table.constraint(index.constraint or "")
    return owner is not None and owner.type == "exclude"
