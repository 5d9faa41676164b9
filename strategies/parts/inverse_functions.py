"""What puts back a statement about a function or procedure, where that is plain."""

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.type_names import canonical
from online_migrate.grammar import statements as s
from online_migrate.grammar.functions import definition_of, drop_function, renamed_back, replacing, signature_of


def undo(statement: s.Statement, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the statements that put things back, or None where nothing tells how they were."""
    if isinstance(statement, s.RenameFunction):
        return (back,) if (back := renamed_back(statement.sql)) is not None else None
    return _created_function(statement.sql, catalog)


def _created_function(sql: str, catalog: Catalog) -> tuple[str, ...] | None:
    """Undo of CREATE FUNCTION: none, or the one that OR REPLACE found; its rights and owner are what they were."""
    made = definition_of(sql)
    if not made.replaces or made.name not in catalog.volatility:
        return (drop_function(sql),)
    found = [there for there in catalog.functions.get(made.name, ()) if _is_replaced(sql, there, catalog)]
    if found:
        return (replacing(found[-1]),)
    # It is another by its parameters, unless it is in a language that is not read.
    whole = made.name in catalog.functions and made.name not in catalog.guarded_functions
    return (drop_function(sql),) if whole else None


def _is_replaced(sql: str, there: str, catalog: Catalog) -> bool:
    signatures = (signature_of(text) for text in (sql, there))
    (schema, types), (other, other_types) = (
        (name.schema or next(iter(catalog.search_path), ""), [canonical(t, catalog) for t in ts])
        for name, ts in signatures
    )
    return schema == other and types == other_types
