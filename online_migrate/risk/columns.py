"""ADD COLUMN, DROP COLUMN and what ALTER COLUMN changes in the catalog alone. Types: alter_type.py."""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import (
    AddColumn,
    DropColumn,
    DropDefault,
    DropNotNull,
    RenameColumn,
    SetDefault,
    SetNotNull,
    TableStatement,
)
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.risk.effect import Effect, sentences
from online_migrate.risk.expressions import always_same_for_a_statement, proved_not_null
from online_migrate.risk.functions import when_name_goes
from online_migrate.risk.locks import (
    family,
    foreign_keys,
    leaves,
    locked,
    merge,
    partitions,
    referenced_families,
)
from online_migrate.risk.type_names import domain_of

CACHED_PLANS = (
    "Prepared SELECT * in open sessions fails with `cached plan must not change result type` until they reconnect "
    "(psycopg and asyncpg prepare by themselves)"
)


def whole_table(statement: TableStatement, catalog: Catalog) -> tuple[Lock, ...]:
    """Return AccessExclusive on the table and everything below it."""
    return locked(family(catalog, statement.table, only=statement.only), LockMode.ACCESS_EXCLUSIVE)


def add_column(statement: AddColumn, catalog: Catalog, python_default: str | None = None) -> Effect:
    """A column is free unless each row must get a value of its own, or must be checked."""
    column = statement.column
    table = catalog.table(statement.table)
    if statement.if_not_exists and table is not None and table.column(column.name) is not None:
        # The lock is taken before the column is looked for.
        return Effect(
            migration_type="Add Column", locks=whole_table(statement, catalog), notes=("It is there already",)
        )
    locks = whole_table(statement, catalog)
    holders = leaves(catalog, family(catalog, statement.table, only=statement.only))
    domain = domain_of(column.type, catalog)
    constrained = domain is not None and domain.constrained
    volatile = column.default is not None and not always_same_for_a_statement(column.default, catalog)
    rewrites = volatile or column.serial or column.identity is not None or column.generated == "stored" or constrained
    valueless = column.default is None and not (column.serial or column.identity or column.generated == "stored")
    checked = any(c.type == "check" and not c.not_enforced for c in column.constraints)
    # VIRTUAL values are computed, so NOT NULL of one means reading; without any value it means looking for a first row.
    scans = not rewrites and (checked or (column.not_null and valueless))
    keys = [c for c in column.constraints if c.type == "foreign_key" and c.referenced is not None]
    # PostgreSQL skips the check of a new column that has no default: every value is NULL.
    followed = (
        [] if valueless else [n for c in keys if not c.not_enforced for n in _both_ends(statement.table, c, catalog)]
    )
    indexes = [c for c in column.constraints if c.type in ("unique", "primary_key")]
    breaks = column.not_null and valueless and column.generated is None
    return Effect(
        migration_type=_add_column_type(
            volatile=volatile, serial=column.serial or column.identity is not None, generated=column.generated,
            constrained=constrained, checked=checked, indexed=bool(indexes), followed=bool(followed),
            keyed=bool(keys), valueless_not_null=breaks,
            virtual_not_null=column.generated == "virtual" and column.not_null,
        ),
        locks=merge(
            locks,
            *(locked(partitions(catalog, c.referenced), LockMode.SHARE_ROW_EXCLUSIVE) for c in keys if c.referenced),
        ),
        rewritten=holders if rewrites else (),
        computed=holders if volatile or column.serial or column.identity is not None else (),
        scanned=(*(holders if scans else ()), *leaves(catalog, followed)),
        indexed=tuple(n for _ in indexes for n in leaves(catalog, partitions(catalog, statement.table))),
        compatibility=Compatibility.BREAKS_OLD_CODE if breaks else Compatibility.NONE,
        notes=sentences(
            _why_rewritten(volatile=volatile, column=statement, constrained=constrained) if rewrites else None,
            "NOT NULL without a default fails if there is a row, and code that does not know the column cannot insert"
            + ("; the model's Python-side default helps only new code" if python_default is not None else "")
            if breaks
            else None,
            CACHED_PLANS,
        ),
    )  # fmt: skip


def _both_ends(table: RelationName, constraint: Constraint, catalog: Catalog) -> tuple[RelationName, ...]:
    referenced = partitions(catalog, constraint.referenced) if constraint.referenced is not None else ()
    return (*partitions(catalog, table), *referenced)


def _add_column_type(
    *,
    volatile: bool,
    serial: bool,
    generated: str | None,
    constrained: bool,
    checked: bool,
    indexed: bool,
    followed: bool,
    keyed: bool,
    valueless_not_null: bool,
    virtual_not_null: bool,
) -> str:
    """The finer row of the risk table; the worst property names it."""
    names = {
        "Add Serial or Identity Column": serial,
        "Add Stored Generated Column": generated == "stored",
        "Add Column with volatile default": volatile,
        "Add Column of constrained domain": constrained,
        "Add Column with inline UNIQUE": indexed,
        "Add Column with inline CHECK": checked,
        "Add Column with REFERENCES and default": followed,
        "Add NOT NULL Column without default": valueless_not_null,
        "Add Virtual Column NOT NULL": virtual_not_null,
        "Add Column with REFERENCES": keyed,
    }
    return next((name for name, holds in names.items() if holds), "Add Column")


def _why_rewritten(*, volatile: bool, column: AddColumn, constrained: bool) -> str:
    if volatile:
        return f"The default {column.column.default} is volatile: each row gets a value of its own"
    if constrained:
        return "The domain has a constraint, which PostgreSQL checks by rewriting, even for NULL"
    return "Each row gets a stored value of its own"


def drop_column(statement: DropColumn, catalog: Catalog) -> Effect:
    """The column is only marked as dropped; what hangs on it goes too, foreign keys with a lock on the other table."""
    table = catalog.table(statement.table)
    if statement.column_if_exists and table is not None and table.column(statement.column) is None:
        return Effect(
            migration_type="Drop Column", locks=whole_table(statement, catalog), notes=("The column is not there",)
        )
    # Also with ONLY: tables below keep the column, as one of their own.
    names = family(catalog, statement.table)
    own = [k for n in names for k in foreign_keys(catalog.table(n), statement.column)]
    others = [t.name for t, k in catalog.referencing(statement.table) if statement.column in k.referenced_columns]
    readers = tuple(v for c, v in table.column_dependents if c == statement.column) if table is not None else ()
    views = tuple(v for r in readers for v in (r, *_views_above(r, catalog))) if statement.cascade else ()
    return Effect(
        migration_type="Drop Column",
        locks=merge(
            locked(names, LockMode.ACCESS_EXCLUSIVE),
            locked(referenced_families(catalog, own), LockMode.ACCESS_EXCLUSIVE),
            locked((n for o in others for n in partitions(catalog, o)), LockMode.ACCESS_EXCLUSIVE),
            locked(views, LockMode.ACCESS_EXCLUSIVE),
        ),
        compatibility=Compatibility.BREAKS_OLD_CODE,
        data_loss=True,
        notes=sentences(
            "Running code that still names the column fails, and an ORM names every column",
            CACHED_PLANS,
            _dropped_indexes(table, statement.column),
            when_name_goes(names, statement.column, catalog),
            f"It fails while {', '.join(map(str, readers))} reads the column" if readers and not views else None,
        ),
    )


def _views_above(view: RelationName, catalog: Catalog) -> tuple[RelationName, ...]:
    table = catalog.table(view)
    return table.dependents if table is not None else ()


def _dropped_indexes(table: Table | None, column: str) -> str | None:
    names = [i.name.name for i in table.indexes if column in i.columns] if table is not None else []
    return f"Goes with it: {', '.join(names)}" if names else None


def set_default(statement: SetDefault, catalog: Catalog) -> Effect:
    """Only rows inserted from now on get it."""
    return Effect(migration_type="Set Default", locks=whole_table(statement, catalog))


def drop_default(statement: DropDefault, catalog: Catalog) -> Effect:
    """Harmless unless the column is NOT NULL: then code that leaves it out can no longer insert."""
    table = catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    breaks = column is not None and column.not_null and column.default is not None
    return Effect(
        migration_type="Drop Default of NOT NULL Column" if breaks else "Drop Default",
        locks=whole_table(statement, catalog),
        compatibility=Compatibility.BREAKS_OLD_CODE if breaks else Compatibility.NONE,
        notes=sentences("Code that leaves the column out can no longer insert" if breaks else None),
    )


def set_not_null(statement: SetNotNull, catalog: Catalog) -> Effect:
    """A scan, unless something valid proves that there is no NULL."""
    names = family(catalog, statement.table, only=statement.only)
    unproved = tuple(n for n in names if not proved_not_null(catalog.table(n), statement.column))
    table = catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    already = column is not None and column.not_null
    proved = not unproved
    if already:
        # What is NOT NULL above is so below: PostgreSQL does not go down.
        names = (statement.table,)
    return Effect(
        migration_type="Set NOT NULL proved by a constraint" if proved else "Set NOT NULL",
        locks=locked(names, LockMode.ACCESS_EXCLUSIVE),
        scanned=leaves(catalog, unproved),
        compatibility=Compatibility.NONE if proved else Compatibility.BREAKS_OLD_CODE,
        notes=sentences(
            "It is NOT NULL already"
            if already
            else "A valid constraint proves that there is no NULL"
            if proved
            else None,
            "Code that writes NULL fails from that moment" if not proved else None,
        ),
    )


def drop_not_null(statement: DropNotNull, catalog: Catalog) -> Effect:
    """Loosening: old code keeps writing what it wrote, but may meet the NULLs of new code."""
    return Effect(
        migration_type="Drop NOT NULL",
        locks=whole_table(statement, catalog),
        notes=("Code that reads the column may meet NULL once new code writes it",),
    )


def rename_column(statement: RenameColumn, catalog: Catalog) -> Effect:
    """No moment suits: before it new code fails, after it old code fails."""
    return Effect(
        migration_type="Rename Column",
        locks=whole_table(statement, catalog),
        compatibility=Compatibility.BREAKS_BOTH,
        notes=sentences(
            "Old code fails from that moment, new code until then",
            f"Functions that name {statement.column} fail when next run",
            when_name_goes(family(catalog, statement.table), statement.column, catalog),
            CACHED_PLANS,
        ),
    )
