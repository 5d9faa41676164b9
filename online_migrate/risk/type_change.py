"""Whether changing a column's type rewrites the table: the rules of ATColumnChangeRequiresRewrite in tablecmds.c.

PostgreSQL turns the change into an expression, lets the planner simplify it, and rewrites unless what is left only
relabels the value. Confirmed on PostgreSQL 14 to 18.
"""

from dataclasses import replace

from online_migrate.catalog.model import Catalog
from online_migrate.risk.type_names import TypeName, base_type, domain_of, own_type, type_name

_RELABELLED = {
    ("integer", "oid"),
    ("oid", "integer"),
    ("text", "character varying"),
    ("character varying", "text"),
    ("text", "character"),
    ("character varying", "character"),
    ("cidr", "inet"),
    ("bit", "bit varying"),
    ("bit varying", "bit"),
    ("xml", "text"),
    ("xml", "character varying"),
    ("xml", "character"),
    ("citext", "text"),
    ("citext", "character varying"),
    ("text", "citext"),
    ("character varying", "citext"),
}
"""Pairs that pg_cast calls binary coercible, those of the extension citext included."""

_PLAIN_TIMES = {"timestamp without time zone", "timestamp with time zone"}
_WITH_PRECISION = _PLAIN_TIMES | {"time without time zone", "time with time zone", "interval"}
_PRECISION_MOST = 6
_UTC = {
    "utc",
    "etc/utc",
    "gmt",
    "etc/gmt",
    "zulu",
    "etc/zulu",
    "universal",
    "etc/universal",
    "uct",
    "etc/uct",
    "greenwich",
}

# Types whose btree operator class is shared, so that an index keeps its storage.
_INDEX_FAMILY = {"character varying": "text", "cidr": "inet"}

_WIDTH = {"smallint": 1, "integer": 2, "bigint": 3, "numeric": 4}
_FLOATS = {"real": 1, "double precision": 2}


def rewrites(old: str, new: str, catalog: Catalog) -> bool:
    """Tell whether values of the old type must be stored anew to be of the new one (no USING)."""
    domain = domain_of(new, catalog)
    if domain is not None and domain.constrained and not same_type(old, new, catalog):
        return True
    left, right = (type_name(base_type(text, catalog), catalog) for text in (old, new))
    if domain_of(old, catalog) is not None and not same_type(old, new, catalog):
        # The length that a domain gives its values is not known to the cast from it.
        left = replace(left, modifiers=())
    return _values_differ(left, right, catalog)


def _values_differ(old: TypeName, new: TypeName, catalog: Catalog) -> bool:
    if old == new:
        return False
    if old.array or new.array:
        # Arrays are converted element by element, even where the element would only be relabelled.
        return old.array != new.array or old.name != new.name or _narrows(old, new) or bool(new.modifiers)
    if {old.name, new.name} == _PLAIN_TIMES:
        return catalog.timezone.lower() not in _UTC or _narrows(old, new)
    if old.name != new.name:
        return _names_differ(old.name, new.name, catalog) or _length_is_applied(new)
    return _narrows(old, new)


def _names_differ(old: str, new: str, catalog: Catalog) -> bool:
    if old == new or (old, new) in _RELABELLED:
        return False
    left, right = own_type(old, catalog), own_type(new, catalog)
    if left is not None and right is not None:
        return left.name != right.name
    # citext lives in some schema, and is written with it.
    return (old.rpartition(".")[2], new.rpartition(".")[2]) not in _RELABELLED


def _length_is_applied(new: TypeName) -> bool:
    """A relabelled value is then cut to length, unless the new type has none."""
    return bool(new.modifiers)


def _narrows(old: TypeName, new: TypeName) -> bool:
    """Whether the new modifier can change a value of the same type; a support function knows for these."""
    if old.name in _WITH_PRECISION or new.name in _WITH_PRECISION:
        return _precision(new) < _precision(old)
    if old.modifiers == new.modifiers or not new.modifiers:
        # Leaving out the length of char(n) is char(1) to the parser; bpchar has none.
        return False
    if not old.modifiers:
        return True
    if old.name in ("character varying", "bit varying"):
        return new.modifiers[0] < old.modifiers[0]
    if old.name == "numeric":
        scale_old, scale_new = _scale(old), _scale(new)
        return scale_old != scale_new or new.modifiers[0] < old.modifiers[0]
    return True


def _precision(name: TypeName) -> int:
    return name.modifiers[0] if name.modifiers else _PRECISION_MOST


def _scale(name: TypeName) -> int:
    return name.modifiers[1] if len(name.modifiers) > 1 else 0


def same_type(old: str, new: str, catalog: Catalog) -> bool:
    """Tell whether two texts name one type with one modifier."""
    left, right = own_type(old, catalog), own_type(new, catalog)
    if left is not None or right is not None:
        return left is not None and right is not None and left.name == right.name
    return type_name(old, catalog) == type_name(new, catalog)


def keeps_index(old: str, new: str, catalog: Catalog) -> bool:
    """Tell whether a plain index on the column keeps its storage, provided the values keep theirs."""
    left, right = type_name(base_type(old, catalog), catalog), type_name(base_type(new, catalog), catalog)
    families = [_INDEX_FAMILY.get(n.name, n.name) for n in (left, right)]
    return families[0] == families[1] and left.array == right.array


def widens(old: str, new: str, catalog: Catalog) -> bool:
    """Tell whether every value of the old type is one of the new type that code reads the same way."""
    left, right = type_name(base_type(old, catalog), catalog), type_name(base_type(new, catalog), catalog)
    if left.array != right.array:
        return False
    domain = domain_of(new, catalog)
    if domain is not None and domain.constrained and not same_type(old, new, catalog):
        return False
    for order in (_WIDTH, _FLOATS):
        if left.name in order and right.name in order and left.name != right.name:
            return order[left.name] < order[right.name] and not right.modifiers
    if left.name == right.name:
        if left.name == "numeric" and left.modifiers and right.modifiers:
            whole = [n.modifiers[0] - _scale(n) for n in (left, right)]
            return whole[0] <= whole[1] and _scale(left) <= _scale(right)
        if left.name in ("character", "bit") and left.modifiers and right.modifiers:
            return left.modifiers[0] <= right.modifiers[0]
        return not _narrows(left, right)
    texts = {"text", "character varying", "citext"}
    if left.name.rpartition(".")[2] in texts and right.name.rpartition(".")[2] in texts:
        fits = left.modifiers and right.modifiers and left.modifiers[0] <= right.modifiers[0]
        return not right.modifiers or bool(fits)
    return (left.name, right.name) in {("cidr", "inet"), ("character", "text"), ("json", "jsonb")}
