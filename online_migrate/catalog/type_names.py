"""Names of types as format_type writes them, so that "varchar(20)" and "character varying(20)" are one."""

import re
from functools import lru_cache

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.tree import type_name, words
from online_migrate.plan.names import RelationName

_NAMES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "varbit": "bit varying",
    "serial": "integer",
    "serial2": "smallint",
    "serial4": "integer",
    "serial8": "bigint",
    "smallserial": "smallint",
    "bigserial": "bigint",
    "char": '"char"',
}
_TIMES = {
    "time": ("time", "without time zone"),
    "timetz": ("time", "with time zone"),
    "timestamp": ("timestamp", "without time zone"),
    "timestamptz": ("timestamp", "with time zone"),
}
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[tuple[str, ...], tuple[int, ...], bool]:
    tree = type_name(text)
    modifiers = tuple(item.a_const.ival.ival for item in tree.typmods if item.a_const.WhichOneof("val") == "ival")
    return words(tree.names), modifiers, len(tree.array_bounds) > 0


def canonical(text: str, catalog: Catalog) -> str:
    """Return a type as `Column.type` has it: PostgreSQL's long names, user types with their schema.

    Raises:
        SqlSyntaxError: the text is not the name of a type.
    """
    names, modifiers, is_array = _parse(text)
    user_type = find(names, catalog)
    base = written(user_type) if user_type else _of_system(names[-1], modifiers)
    return base + "[]" if is_array else base


def find(names: tuple[str, ...], catalog: Catalog) -> RelationName | None:
    """Return the user's type that a name of one or two words means, or None: it is one of PostgreSQL's own."""
    if len(names) > 1:
        name = RelationName(names[-2], names[-1])
        return None if name.schema == "pg_catalog" else name
    if not catalog.types:
        return None
    in_path = (RelationName(schema, names[-1]) for schema in catalog.search_path)
    return next((name for name in in_path if name in catalog.types), None) or next(
        (name for name in catalog.types if name.name == names[-1]), None
    )


def user_type(text: str) -> RelationName | None:
    """Return the user's type of a canonical name, of an array its elements', or None."""
    names = _parse(text)[0]
    return RelationName(*names) if len(names) == 2 and names[0] != "pg_catalog" else None


def _of_system(name: str, modifiers: tuple[int, ...]) -> str:
    if name in _TIMES:
        word, zone = _TIMES[name]
        return f"{word}({modifiers[0]}) {zone}" if modifiers else f"{word} {zone}"
    if name == "bpchar":
        return f"character({modifiers[0]})" if modifiers else "bpchar"
    if name == "numeric" and len(modifiers) == 1:
        modifiers = (*modifiers, 0)
    if name == "interval":
        # The first modifier is a mask of fields; all of them is the plain type.
        modifiers = modifiers[1:]
    long = _NAMES.get(name, name)
    return f"{long}({','.join(map(str, modifiers))})" if modifiers else long


def written(name: RelationName) -> str:
    """Return a user's type as `Column.type` has it."""
    parts = (name.schema, name.name)
    return ".".join(p if _PLAIN.fullmatch(p) else '"' + p.replace('"', '""') + '"' for p in parts)
