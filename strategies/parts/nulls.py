"""What NOT NULL asks of a value, as an expression."""

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.type_names import user_type
from online_migrate.grammar.compose import Identifier, compose_expression
from online_migrate.plan.names import RelationName


def not_null(catalog: Catalog, table: RelationName, column: str) -> str:
    """Return the expression that is true where NOT NULL has nothing against what a column holds.

    Of a composite value with NULL in every field IS NOT NULL is false, and yet NOT NULL takes it; PostgreSQL takes
    either form for a proof of NOT NULL on a column of its kind (NotNullImpliedByRelConstraints in tablecmds.c).
    """
    name = Identifier(column)
    if _may_have_fields(catalog, table, column):
        return compose_expression("{column} IS DISTINCT FROM NULL", column=name)
    return compose_expression("{column} IS NOT NULL", column=name)


def _may_have_fields(catalog: Catalog, table: RelationName, column: str) -> bool:
    found = catalog.table(table)
    held = found.column(column) if found is not None else None
    name = user_type(held.type) if held is not None else None
    known = catalog.types.get(name) if name is not None else None
    # What is not known as a type is a table, which is one as well.
    return name is not None and (known is None or known.kind in ("composite", "domain"))
