"""Statements that change or read rows. Row locks are held until the statement's transaction ends."""

from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.grammar.statements import Delete, Insert, Select, Update
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.expressions import below, finds_by_key, volatile
from online_migrate.risk.locks import (
    bases,
    family,
    foreign_keys,
    has_index_for,
    leaves,
    locked,
    merge,
    partitions,
    referenced_families,
)

# Volatile functions of PostgreSQL's own that change nothing but a sequence or the session.
_HARMLESS = {
    "clock_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "pg_advisory_lock",
    "pg_advisory_xact_lock",
    "pg_notify",
    "pg_sleep",
    "random",
    "set_config",
    "setseed",
    "setval",
    "statement_timestamp",
    "timeofday",
    "uuidv4",
    "uuidv7",
}
_IN_BULK = "The rows stay locked until all are done, and their old versions stay in the table"
_BY_KEY = "A unique key finds the rows"


def update(statement: Update, catalog: Catalog, live: Catalog) -> Effect:
    """Every row found is locked until the end. Values are lost where the column exists today and is not just NULL."""
    table = catalog.table(statement.table)
    names = _below(statement, catalog)
    by_key = finds_by_key(statement.where, _stored(table, names, catalog)) and not statement.has_from
    today = live.table(statement.table)
    held = [c for c in statement.changed_columns if c not in statement.null_columns]
    replaced = [c for c in held if today is not None and today.column(c) is not None]
    changed = set(statement.changed_columns)
    keys = [k for n in names for k in foreign_keys(catalog.table(n)) if changed & set(k.columns)]
    back = [(t, k) for t, k in catalog.referencing(statement.table) if changed & set(k.referenced_columns)]
    return _change(
        names,
        by_key,
        catalog,
        locks=merge(
            locked(referenced_families(catalog, keys), LockMode.ROW_SHARE),
            _followed(back, "ON UPDATE ", catalog),
            locked(_written(statement.writes, catalog), LockMode.ROW_EXCLUSIVE),
            locked(below(statement.other_relations, catalog), LockMode.ACCESS_SHARE),
        ),
        read=(*below(statement.other_relations, catalog), *_searched(back, catalog)),
        written=_written(statement.writes, catalog),
        row_triggers=len(keys) + len(back) + _row_triggers(table, "update"),
        data_loss=(bool(replaced) and catalog.heap_bytes(statement.table) > 0) or bool(statement.writes),
        notes=sentences(f"The values of {', '.join(replaced)} are replaced" if replaced else None, _triggers(table)),
    )


def delete(statement: Delete, catalog: Catalog) -> Effect:
    """As UPDATE; each foreign key that refers here is asked about every row."""
    table = catalog.table(statement.table)
    names = _below(statement, catalog)
    back = list(catalog.referencing(statement.table))
    return _change(
        names,
        finds_by_key(statement.where, _stored(table, names, catalog)),
        catalog,
        locks=merge(
            _followed(back, "ON DELETE ", catalog),
            locked(_written(statement.writes, catalog), LockMode.ROW_EXCLUSIVE),
            locked(below(statement.other_relations, catalog), LockMode.ACCESS_SHARE),
        ),
        read=(*below(statement.other_relations, catalog), *_searched(back, catalog)),
        deletes=True,
        written=_written(statement.writes, catalog),
        row_triggers=len(back) + _row_triggers(table, "delete"),
        data_loss=catalog.heap_bytes(statement.table) > 0 or bool(statement.writes),
        notes=sentences(_triggers(table)),
    )


def insert(statement: Insert, catalog: Catalog) -> Effect:
    """VALUES are a few rows; rows of a query may be many, and readers see none of them before the end."""
    table = catalog.table(statement.table)
    read = below(statement.other_relations, catalog)
    # Of a partitioned table only the partitions that get a row are locked; which ones only the values know.
    names = family(catalog, statement.table) if table is not None and table.kind == "p" else (statement.table,)
    keys = foreign_keys(table)
    written = _written(statement.writes, catalog)
    locks = merge(
        locked((*names, *written), LockMode.ROW_EXCLUSIVE),
        locked(referenced_families(catalog, keys), LockMode.ROW_SHARE),
        locked(read, LockMode.ACCESS_SHARE),
    )
    if not statement.from_query and not written:
        return Effect(migration_type="Insert Rows", locks=locks, notes=sentences(_triggers(table)))
    return Effect(
        migration_type="Data Migration",
        locks=locks,
        scanned=leaves(catalog, read),
        changed=leaves(catalog, unique((*read, *written))),
        data_loss=bool(written),
        row_triggers=len(keys) + _row_triggers(table, "insert"),
        notes=sentences(_triggers(table)),
    )


def select(statement: Select, catalog: Catalog) -> Effect:
    """Reading blocks nobody; a function of the user's may do anything."""
    read = below(statement.relations, catalog)
    unknown = suspects(statement.functions, catalog)
    written = _written(statement.writes, catalog)
    return Effect(
        migration_type="Opaque Code" if unknown else "Data Migration" if written else "Query",
        locks=merge(locked(written, LockMode.ROW_EXCLUSIVE), locked(read, LockMode.ACCESS_SHARE)),
        scanned=leaves(catalog, read),
        changed=leaves(catalog, written),
        data_loss=bool(written),
        opaque=bool(unknown),
        notes=sentences(f"{', '.join(unknown)} may do anything" if unknown else None),
    )


def _below(statement: Update | Delete, catalog: Catalog) -> tuple[RelationName, ...]:
    """Return a table with what is below it; of a view also what it stands on."""
    names = family(catalog, statement.table, only=statement.only)
    table = catalog.table(statement.table)
    if table is None or table.kind != "v":
        return names
    return unique((*names, *(n for base in bases(catalog, table.name) for n in family(catalog, base))))


def _stored(table: Table | None, names: tuple[RelationName, ...], catalog: Catalog) -> Table | None:
    """Return the table whose rows are found; of a view the only one that it stands on, if there is one."""
    if table is None or table.kind != "v":
        return table
    tables = [t for n in names if (t := catalog.table(n)) is not None and t.kind in ("r", "p")]
    return tables[0] if len(tables) == 1 else None


def _written(tables: tuple[RelationName, ...], catalog: Catalog) -> tuple[RelationName, ...]:
    """Return the tables that data-changing CTEs change, with what is below them."""
    return unique(n for table in tables for n in family(catalog, table))


def suspects(functions: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    """Return those of the functions that may change something: volatile or unknown, and not known as harmless."""
    return tuple(f for f in volatile(functions, catalog) if f not in _HARMLESS)


def _change(
    names: tuple[RelationName, ...],
    by_key: bool,
    catalog: Catalog,
    *,
    locks: tuple[Lock, ...],
    read: tuple[RelationName, ...],
    written: tuple[RelationName, ...],
    row_triggers: int,
    data_loss: bool,
    notes: tuple[str, ...],
    deletes: bool = False,
) -> Effect:
    return Effect(
        migration_type="Row Change by Key" if by_key and not written else "Data Migration",
        locks=merge(locked(names, LockMode.ROW_EXCLUSIVE), locks),
        scanned=leaves(catalog, read),
        changed=leaves(catalog, unique((*(() if by_key else names), *written))),
        deletes=deletes,
        row_triggers=row_triggers,
        data_loss=data_loss,
        notes=(_BY_KEY if by_key else _IN_BULK, *notes),
    )


def _followed(back: list[tuple[Table, TableConstraint]], event: str, catalog: Catalog) -> tuple[Lock, ...]:
    """Return the locks on tables that refer to the rows changed: looked at, or changed where the key says so."""

    def mode(definition: str) -> LockMode:
        acts = event in definition and f"{event}RESTRICT" not in definition
        return LockMode.ROW_EXCLUSIVE if acts else LockMode.ROW_SHARE

    return merge(*(locked(family(catalog, table.name), mode(key.definition)) for table, key in back))


def _searched(back: list[tuple[Table, TableConstraint]], catalog: Catalog) -> tuple[RelationName, ...]:
    """Return the tables that must be read for each row changed, because no index starts with the key's columns."""
    unindexed = (t for t, k in back if not has_index_for(t, k.columns))
    return tuple(n for t in unindexed for n in partitions(catalog, t.name))


def _row_triggers(table: Table | None, event: str) -> int:
    triggers = table.triggers if table is not None else ()
    return sum(t.per_row and event in t.events and t.enabled != "D" for t in triggers)


def _triggers(table: Table | None) -> str | None:
    names = [t.name for t in table.triggers if t.enabled != "D"] if table is not None else []
    return f"Triggers run for each row: {', '.join(names)}" if names else None
