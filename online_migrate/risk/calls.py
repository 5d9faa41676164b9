"""Functions and procedures that a statement calls: what runs then, where their definitions are known."""

from dataclasses import dataclass, replace

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.functions import Definition, definition_of
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import Other, Select, Statement
from online_migrate.risk.rows import suspects


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a call runs.

    Attributes:
        statements: of the bodies, whichever branch they stand in; of a SELECT itself as well.
        whole: nothing else runs.
        catalog: as the bodies find it; a function that calls itself is not known there.
    """

    statements: tuple[Statement, ...]
    whole: bool
    catalog: Catalog


def called(statement: Statement, catalog: Catalog) -> Called | None:
    """Return what a SELECT or CALL runs besides itself; None where it calls nothing that is known."""
    names = _names(statement, catalog)
    known = [name for name in names if name in catalog.functions]
    if not known:
        return None
    definitions = [definition_of(sql) for name in known for sql in catalog.functions[name]]
    own = (replace(statement, functions=()),) if isinstance(statement, Select) else ()
    within = replace(catalog, functions={n: sql for n, sql in catalog.functions.items() if n not in known})
    read_all = [_statements(definition, within) for definition in definitions]
    return Called(
        statements=(*own, *(s for found in read_all for s in found)),
        whole=len(known) == len(names) and all(d.body.whole for d in definitions),
        catalog=within,
    )


def _names(statement: Statement, catalog: Catalog) -> tuple[str, ...]:
    match statement:
        case Select(functions=functions):
            return suspects(functions, catalog)
        case Other(tag="call", object_name=str(name)):
            return (name.rpartition(".")[2],)
        case _:
            return ()


def _statements(definition: Definition, catalog: Catalog) -> tuple[Statement, ...]:
    names = resolver(catalog, definition.search_path or catalog.search_path)
    return tuple(read(sql, names) for sql in definition.body.statements)
