"""What statements about rows touch."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.planner.objects import exists_of, rows_of, values_of
from online_migrate.planner.paths import Paths, Touches


def update(statement: s.Update, catalog: Catalog) -> Touches:
    """UPDATE."""
    t = statement.table
    assigned = frozenset((t, "column", c) for c in statement.assigned_columns)
    reads = assigned | values_of(t, (*statement.reads_columns, *statement.where_columns))
    rows = frozenset((t, "rows", c) for c in statement.assigned_columns)
    return Touches(reads=reads | rows_of((t, *statement.other_relations), statement.sql), writes=rows)


def delete(statement: s.Delete, catalog: Catalog) -> Touches:
    """DELETE."""
    t = statement.table
    reads = rows_of((t, *statement.other_relations), statement.sql)
    return Touches(reads=reads, writes=frozenset({(t, "rows")}))


def insert(statement: s.Insert, catalog: Catalog) -> Touches:
    """INSERT."""
    t = statement.table
    columns: Paths = frozenset((t, "column", c) for c in statement.columns) or frozenset({(t, "column")})
    found = catalog.table(t)
    unnamed = {c.name for c in found.columns} - set(statement.columns) if found and statement.columns else set()
    reads = exists_of(t) | columns | {(t, "keys")} | {(t, "default", c) for c in unnamed}
    return Touches(reads=reads | rows_of(statement.other_relations, statement.sql), writes=frozenset({(t, "rows")}))


def truncate(statement: s.Truncate, catalog: Catalog) -> Touches:
    """TRUNCATE."""
    return Touches(
        reads=frozenset().union(*map(exists_of, statement.tables)),
        writes=frozenset((t, "rows") for t in statement.tables),
    )


def select(statement: s.Select, catalog: Catalog) -> Touches:
    """SELECT: one that runs functions may touch anything."""
    reads = rows_of(statement.relations, statement.sql)
    if statement.writes or statement.functions:
        return Touches(reads=frozenset(path for path in reads if path[1] == "column"), barrier=True)
    return Touches(reads=reads)


def refresh(statement: s.RefreshMaterializedView, catalog: Catalog) -> Touches:
    """REFRESH MATERIALIZED VIEW."""
    return Touches(reads=exists_of(statement.view), writes=frozenset({(statement.view, "rows")}))
