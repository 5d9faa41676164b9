"""Which relation a name means, looked up as PostgreSQL would under a search_path."""

from collections.abc import Callable, Sequence

from online_migrate.catalog import lookup
from online_migrate.catalog.model import Catalog
from online_migrate.plan.names import RelationName

TEMPORARY_SCHEMA = "pg_temp"


def resolver(catalog: Catalog, search_path: Sequence[str]) -> Callable[[str | None, str], RelationName]:
    """Return the function that gives a name its schema.

    A name without one is that of the first schema of the path (temporary objects before all) that has a
    table, view, index, sequence or type of the name; where none has, of the first schema of the path
    that exists, in which such an object would be created. Pure: it knows the catalog given, and no other.
    """
    path = [name for part in search_path for name in ((catalog.user,) if part == "$user" else (part,))]
    creation = next((schema for schema in path if schema in catalog.schemas), path[0] if path else "public")

    def exists(name: RelationName) -> bool:
        known = (catalog.tables, catalog.sequences, catalog.types, lookup.of(catalog).indexes)
        return any(name in names for names in known)

    def resolve(schema: str | None, name: str) -> RelationName:
        if schema is not None:
            return RelationName(schema, name)
        temporary = RelationName(TEMPORARY_SCHEMA, name)
        if temporary in catalog.tables:
            return temporary
        candidates = (RelationName(part, name) for part in path)
        return next((candidate for candidate in candidates if exists(candidate)), RelationName(creation, name))

    return resolve
