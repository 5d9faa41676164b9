"""ALTER COLUMN ... TYPE: free, a scan, or a rewrite, by the types, the indexes and the checks on the column."""

from online_migrate.catalog.model import Catalog, Column, Index, Table
from online_migrate.grammar.statements import AlterType
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk.columns import whole_table
from online_migrate.risk.effect import Effect, sentences
from online_migrate.risk.expressions import casts_of
from online_migrate.risk.functions import when_type_changes
from online_migrate.risk.locks import (
    family,
    foreign_keys,
    leaves,
    locked,
    merge,
    partitions,
    referenced_families,
)
from online_migrate.risk.type_change import keeps_index, rewrites, same_type, widens


def alter_type(statement: AlterType, catalog: Catalog) -> Effect:
    """AccessExclusive throughout, also on tables joined to the column by a foreign key."""
    names = family(catalog, statement.table, only=statement.only)
    table = catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    casts = _casts(statement, column) if column is not None else None
    rewritten = casts is None or any(rewrites(old, new, catalog) for old, new in casts)
    rebuilt = [] if rewritten else [n for n in names for _ in _rebuilt(catalog.table(n), statement, catalog)]
    checked = [n for n in names if _has_check(catalog.table(n), statement.column)]
    keys = [k for n in names for k in foreign_keys(catalog.table(n), statement.column)]
    others = [t.name for t, k in catalog.referencing(statement.table) if statement.column in k.referenced_columns]
    joined = [*referenced_families(catalog, keys), *(n for o in others for n in partitions(catalog, o))]
    looked_up = bool(joined) and column is not None and not keeps_index(column.type, statement.type, catalog)
    wider = casts is not None and all(widens(old, new, catalog) for old, new in casts)
    same = column is not None and same_type(column.type, statement.type, catalog)
    holders = leaves(catalog, names)
    scanned = (*leaves(catalog, checked), *(leaves(catalog, (*names, *joined)) if looked_up else ()))
    return Effect(
        migration_type=_migration_type(rewritten=rewritten, scans=bool(rebuilt or scanned)),
        locks=merge(whole_table(statement, catalog), locked(joined, LockMode.ACCESS_EXCLUSIVE)),
        rewritten=holders if rewritten else (),
        indexed=leaves(catalog, rebuilt),
        scanned=scanned,
        compatibility=Compatibility.NONE if wider else Compatibility.BREAKS_BOTH,
        data_loss=not wider and not same,
        notes=sentences(
            f"Every value is converted from {column.type} to {statement.type}"
            if rewritten and column and not statement.using
            else None,
            "USING computes every value anew" if rewritten and statement.using else None,
            f"Rebuilt: {_names(names, statement, catalog)}" if rebuilt else None,
            "A CHECK on the column is checked again" if checked and not rewritten else None,
            f"Code that reads {statement.column} as {column.type} may fail" if column and not wider else None,
            when_type_changes(names, statement.column, catalog) if not same else None,
            f"Prepared statements in open sessions that return {statement.column} fail with "
            "`cached plan must not change result type` (psycopg and asyncpg prepare by themselves)",
        ),
    )


def _migration_type(*, rewritten: bool, scans: bool) -> str:
    if rewritten:
        return "Change Column Type with rewrite"
    return "Change Column Type with recheck" if scans else "Change Column Type"


def _casts(statement: AlterType, column: Column) -> tuple[tuple[str, str], ...] | None:
    """Return from which type to which the values are cast, step by step, or None: USING computes them.

    A USING that is the column itself, or casts of it, is as good as none.
    """
    steps = [statement.type]
    if statement.using is not None:
        casts = casts_of(statement.using, statement.column)
        if casts is None:
            return None
        steps = [*casts, statement.type]
    return tuple(zip([column.type, *steps], steps, strict=False))


def _rebuilt(table: Table | None, statement: AlterType, catalog: Catalog) -> list[Index]:
    """Return the indexes of a table that are built anew although its rows stay as they are."""
    column = table.column(statement.column) if table is not None else None
    if table is None or column is None:
        return []
    kept = keeps_index(column.type, statement.type, catalog) and not _collation_changes(statement, column)
    return [
        i
        for i in table.indexes
        if statement.column in i.columns
        # PostgreSQL does not compare expressions and predicates: CheckIndexCompatible gives up on them.
        # In a partition a column of INCLUDE counts as well (measured on 14 and 18).
        and (
            (table.is_partition and statement.column in i.included)
            or i.has_expressions
            or i.predicate is not None
            or (not kept and statement.column in i.key_columns)
        )
    ]


def _collation_changes(statement: AlterType, column: Column) -> bool:
    """Without COLLATE the column falls back to the collation of its new type."""
    new = statement.collation.rpartition(".")[2] if statement.collation is not None else None
    old = column.collation.rpartition(".")[2] if column.collation is not None else None
    return (None if new == "default" else new) != (None if old == "default" else old)


def _has_check(table: Table | None, column: str) -> bool:
    constraints = table.constraints if table is not None else ()
    return any(c.type == "check" and c.valid and c.enforced and column in c.columns for c in constraints)


def _names(names: tuple[RelationName, ...], statement: AlterType, catalog: Catalog) -> str:
    return ", ".join(i.name.name for n in names for i in _rebuilt(catalog.table(n), statement, catalog))
