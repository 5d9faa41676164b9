"""Types taken apart: name, modifier, array or not, and what a domain stands on."""

import re
from dataclasses import dataclass

from online_migrate.catalog.model import Catalog, UserType
from online_migrate.catalog.type_names import canonical, user_type

_SHAPE = re.compile(r"(?P<before>[^(\[]+)(\((?P<modifiers>[^)]*)\))?(?P<after>[^\[]*)(?P<arrays>(\[\d*\])*)")


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type with its modifier apart.

    Attributes:
        name: as format_type writes it, without modifier and brackets.
        modifiers: numbers in parentheses, empty for none.
        array: of any number of dimensions.
    """

    name: str
    modifiers: tuple[int, ...] = ()
    array: bool = False


def type_name(text: str, catalog: Catalog) -> TypeName:
    """Take the text of a type apart: "varchar(20)", "timestamp(3) with time zone", "pg_catalog.int8", "text[]"."""
    shape = _SHAPE.fullmatch(canonical(text, catalog))
    if shape is None:
        return TypeName(text)
    numbers = (n.strip() for n in (shape["modifiers"] or "").split(","))
    return TypeName(
        f"{shape['before'].strip()} {shape['after'].strip()}".strip(),
        tuple(int(n) for n in numbers if n.lstrip("-").isdigit()),
        bool(shape["arrays"]),
    )


def own_type(text: str, catalog: Catalog) -> UserType | None:
    """Return the user's type of that name; None for a built-in one and for an array."""
    full = canonical(text, catalog)
    name = None if full.endswith("]") else user_type(full)
    return catalog.types.get(name) if name is not None else None


def domain_of(text: str, catalog: Catalog) -> UserType | None:
    """Return the domain of that name, or None."""
    found = own_type(text, catalog)
    return found if found is not None and found.kind == "domain" else None


def base_type(text: str, catalog: Catalog) -> str:
    """Return the type below all domains."""
    while (domain := domain_of(text, catalog)) is not None and domain.base_type is not None:
        text = domain.base_type
    return text
