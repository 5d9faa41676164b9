"""Expressions against the catalog: volatility, proofs of NOT NULL, predicates that find one row."""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar.analysis import contains_volatile, proves_not_null, relations
from online_migrate.grammar.predicates import casts_of, equated_columns
from online_migrate.plan.names import RelationName
from online_migrate.risk.locks import bases, family

__all__ = [
    "always_same_for_a_statement",
    "below",
    "casts_of",
    "finds_by_key",
    "proved_not_null",
    "relations_read",
    "volatile",
]


def volatile(functions: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    """Return those of the functions that are volatile or unknown."""
    return tuple(f for f in functions if catalog.volatility.get(f, "v") == "v")


def always_same_for_a_statement(expression: str, catalog: Catalog) -> bool:
    """Tell whether an expression has one value for all rows of a statement: it calls nothing volatile."""
    return not contains_volatile(expression, catalog.volatility)


def proved_not_null(table: Table | None, column: str) -> bool:
    """Tell whether PostgreSQL sees without reading a row that a column has no NULL: it is NOT NULL already (a primary
    key makes it so), or a valid CHECK says so."""
    if table is None:
        return False
    found = table.column(column)
    if found is not None and found.not_null and not any(
        c.type == "not_null" and not c.valid and column in c.columns for c in table.constraints
    ):  # fmt: skip
        return True
    return any(
        c.type == "check" and c.valid and c.enforced and c.expression and proves_not_null(c.expression, column)
        for c in table.constraints
    )


def finds_by_key(where: str | None, table: Table | None) -> bool:
    """Tell whether a predicate names the values of a whole unique key, so that a lookup finds the rows."""
    if where is None or table is None:
        return False
    columns = equated_columns(where)
    return any(
        i.unique and i.valid and i.predicate is None and not i.has_expressions and columns >= set(i.key_columns)
        for i in table.indexes
    )


def relations_read(query: str, catalog: Catalog) -> tuple[RelationName, ...]:
    """Return everything that a query reads: what it names, partitions, and what views stand on."""
    return below(relations(query), catalog)


def below(names: tuple[RelationName, ...], catalog: Catalog) -> tuple[RelationName, ...]:
    """Return relations that are read, with partitions, heirs and what views stand on."""
    known = [n for n in names if catalog.table(n) is not None]
    views = [n for n in known if (t := catalog.table(n)) is not None and t.kind == "v"]
    read = [*known, *(b for v in views for b in bases(catalog, v))]
    return tuple(dict.fromkeys(n for r in read for n in family(catalog, r)))
