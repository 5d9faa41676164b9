"""How the values of a column become those of another type, and back: as ALTER TYPE has it, and whoever asks.

ALTER TYPE converts once, in one session. A shadow is written by many, so its values must not depend on the settings
of a session: the way a time or a float is written as text does, and so does a timestamp with and without time zone,
unless the zone is named.
"""

from dataclasses import dataclass

from online_migrate.catalog.model import Catalog, Column, Table
from online_migrate.grammar import analysis
from online_migrate.grammar.compose import Expression, Identifier, Literal, compose_expression
from online_migrate.grammar.edit import rename_column_references
from online_migrate.grammar.statements import AlterType
from online_migrate.risk.expressions import casts_of
from online_migrate.risk.type_names import own_type, type_name

_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TEXTS = frozenset({"text", "character varying", "character", "bpchar", "json", "jsonb"})
_FIXED = _WHOLE | _TEXTS | {"numeric", "boolean", "uuid", "inet", "cidr", "macaddr", "oid"}
"""Types that are written as text, and read from it, in one way only."""
_FLOATS = frozenset({"real", "double precision"})
_TIMES = frozenset({"timestamp without time zone", "timestamp with time zone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One way to convert, as expressions over a row of the table.

    Attributes:
        value: of the new type.
        back: of the old type, once the column is of the new one; None where there is no way back.
        total: every value of the old type has one of the new, which code reads the same way.
    """

    value: str
    back: str | None
    total: bool = False

    def of_other(self, column: str, other: str) -> str:
        """Return `value` with another column in the place of the one that is converted."""
        return rename_column_references(self.value, {column: other})


def widening(column: Column) -> Conversion:
    """Return the conversion to a type that has every value of the old one."""
    same = compose_expression("{column}", column=Identifier(column.name))
    return Conversion(value=same, back=same, total=True)


def of(statement: AlterType, table: Table, column: Column, catalog: Catalog) -> Conversion | None:
    """Return the conversion of a type change whose values may not fit; None where sessions could disagree on it."""
    same = compose_expression("{column}", column=Identifier(column.name))
    casts = casts_of(statement.using, column.name) if statement.using is not None else ()
    old, new = type_name(column.type, catalog), type_name(statement.type, catalog)
    if {old.name, new.name} == _TIMES and not old.array and not new.array:
        zone = Literal(catalog.timezone)
        there = compose_expression("{value} AT TIME ZONE {zone}", value=Expression(same), zone=zone)
        plain = casts is not None and {type_name(t, catalog).name for t in casts} <= {new.name}
        return Conversion(value=there, back=there) if plain else None
    if not _same_everywhere(statement, table, catalog):
        return None
    return Conversion(value=statement.using or same, back=same if casts is not None else None)


def keeps_apart(statement: AlterType, column: Column, catalog: Catalog) -> bool:
    """Whether two different values are certain to stay different, as a unique index wants it."""
    old, new = type_name(column.type, catalog), type_name(statement.type, catalog)
    casts = casts_of(statement.using, column.name) if statement.using is not None else ()
    if casts is None or {type_name(cast, catalog) for cast in casts} - {new}:
        return False
    enums = [_is_enum(text, catalog) for text in (column.type, statement.type)]
    if new.name in ("text", "character varying") and not (new.modifiers and casts):
        return old.name in _WHOLE | {"uuid", "boolean"} or enums[0]
    if old.name in ("text", "character varying"):
        return enums[1]
    return old.name in _WHOLE and new.name in _WHOLE


def _same_everywhere(statement: AlterType, table: Table, catalog: Catalog) -> bool:
    """Whether the conversion gives the same in every session: all it reads, calls and casts to is known to."""
    read = [statement.column]
    targets = [statement.type]
    if statement.using is not None:
        if analysis.volatility_of(statement.using, catalog.volatility) != "i":
            return False
        read = list(analysis.columns(statement.using))
        targets += analysis.cast_types(statement.using)
    types = [found.type for found in table.columns if found.name in read]
    if not all(_is_fixed(text, catalog) or type_name(text, catalog).name in _FLOATS for text in (*types, *targets)):
        return False
    floats = any(type_name(text, catalog).name in _FLOATS for text in (*types, *targets))
    # How many digits of a float are shown is a setting.
    return not (floats and any(type_name(text, catalog).name in _TEXTS for text in targets))


def _is_fixed(text: str, catalog: Catalog) -> bool:
    found = type_name(text, catalog)
    return (found.name in _FIXED and not found.array) or _is_enum(text, catalog)


def _is_enum(text: str, catalog: Catalog) -> bool:
    found = own_type(text, catalog)
    return found is not None and found.kind == "enum"
