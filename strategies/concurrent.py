"""REINDEX and REFRESH MATERIALIZED VIEW, of which PostgreSQL has a form that lets the application go on.

Naive risk: REINDEX blocks writes, and reads that plan with the index, while it builds; REFRESH blocks
reads of the view while its query runs.

Steps: the statement, CONCURRENTLY (migrate).

Locks: SHARE UPDATE EXCLUSIVE on the table; EXCLUSIVE on the view, which stops only another REFRESH.

Old and new code: nothing changes for either.

Preconditions: no exclusion constraint on the table (PostgreSQL cannot rebuild its index concurrently);
the view holds rows and has a unique index on columns, without WHERE, by which rows are told apart.

Undo: nothing to put back; an interrupted REINDEX leaves an invalid index that its error names.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY,
https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html.
"""

from dataclasses import replace

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import edit
from online_migrate.grammar.statements import RefreshMaterializedView, Reindex
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.risk.assess import assess
from online_migrate.strategies.as_written import as_written
from online_migrate.strategies.interface import Change, Facts, Rewrite

KINDS = ("reindex", "refresh_materialized_view")


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the step; None where it is CONCURRENTLY already, or cannot be."""
    statement = change.statement
    assert isinstance(statement, Reindex | RefreshMaterializedView)
    if statement.concurrently:
        return None
    if isinstance(statement, Reindex):
        possible = _can_be_reindexed(statement, facts.catalog)
    else:
        possible = edit.keeps_rows(statement.sql) and _tells_rows_apart(statement.view, facts.catalog)
    if not possible:
        return None
    beside = replace(statement, sql=edit.concurrently(statement.sql), concurrently=True)
    verdict = assess(beside, facts.catalog, facts.policy)
    return as_written(replace(change, statement=beside, assessment=verdict), facts, PhaseName.MIGRATE)


def _can_be_reindexed(statement: Reindex, catalog: Catalog) -> bool:
    if statement.relation is None:
        return False
    table = catalog.index_table(statement.relation) or catalog.table(statement.relation)
    return table is not None and all(constraint.type != "exclude" for constraint in table.constraints)


def _tells_rows_apart(view: RelationName, catalog: Catalog) -> bool:
    """Whether the view has rows to compare with and an index that says which is which."""
    found = catalog.table(view)
    return (
        found is not None
        and found.bytes > 0
        and any(i.unique and i.valid and i.predicate is None and None not in i.key_columns for i in found.indexes)
    )
