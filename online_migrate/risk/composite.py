"""ALTER TYPE of a composite type: no table is locked but those made of the type, which follow it with CASCADE."""

from online_migrate.catalog.model import Catalog, UserType
from online_migrate.grammar.statements import AlterComposite
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode
from online_migrate.risk.effect import Effect, sentences
from online_migrate.risk.locks import family, leaves, locked
from online_migrate.risk.type_change import rewrites, widens


def alter_composite(statement: AlterComposite, catalog: Catalog) -> Effect:
    """Columns of the type keep their rows as they are; tables of the type may be written anew."""
    found = catalog.types.get(statement.type)
    names = (
        tuple(n for t in found.tables for n in family(catalog, t)) if found is not None and statement.cascade else ()
    )
    columns = [f"{table}.{column}" for table, column in found.used_by] if found is not None else []
    used = bool(names or columns)
    return Effect(
        migration_type="Alter Composite Type",
        locks=locked(names, LockMode.ACCESS_EXCLUSIVE),
        rewritten=leaves(catalog, names) if found is not None and _stores_anew(statement, found, catalog) else (),
        compatibility=_compatibility(statement, found, catalog) if used else Compatibility.NONE,
        data_loss=used and statement.action == "drop",
        notes=sentences(
            f"Values of {', '.join(columns)} have the attribute too" if columns else None,
            "It fails while a column has the type" if columns and statement.action == "alter" else None,
        ),
    )


def _stores_anew(statement: AlterComposite, found: UserType, catalog: Catalog) -> bool:
    old = _old_type(statement, found, catalog)
    new = statement.new_type
    return statement.action == "alter" and (old is None or new is None or rewrites(old, new, catalog))


def _compatibility(statement: AlterComposite, found: UserType | None, catalog: Catalog) -> Compatibility:
    match statement.action:
        case "add":
            # Code that writes ROW(...) or reads a record by position has one field too few.
            return Compatibility.BREAKS_OLD_CODE
        case "drop":
            return Compatibility.BREAKS_OLD_CODE
        case "alter" if found is not None and statement.new_type is not None:
            old = _old_type(statement, found, catalog)
            wider = old is not None and widens(old, statement.new_type, catalog)
            return Compatibility.NONE if wider else Compatibility.BREAKS_BOTH
        case _:
            return Compatibility.BREAKS_BOTH


def _old_type(statement: AlterComposite, found: UserType, catalog: Catalog) -> str | None:
    """The type that the attribute has now, as a table of the type shows it."""
    tables = (catalog.table(name) for name in found.tables)
    columns = (t.column(statement.attribute) for t in tables if t is not None)
    return next((c.type for c in columns if c is not None), None)
