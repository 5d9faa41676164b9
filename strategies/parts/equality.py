"""Whether a stored value is what an expression would store: the comparison that makes a batch repeatable."""

from online_migrate.grammar.compose import Expression, TypeName, compose_expression

_WITHOUT_EQUALITY = frozenset({"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"})
"""Types without an = of their own, or (box, circle: areas) with one that says equal of different values."""


def differs(stored: str, new: str, column_type: str) -> str:
    """Return the predicate that the stored value is not the new one, NULL counting as a value.

    The new value is cast to the column's type first: what is stored has been rounded to it, and text
    may be assigned what it cannot be compared with.
    """
    if _has_equality(column_type):
        template = "{stored} IS DISTINCT FROM CAST({new} AS {type})"
    else:
        template = "CAST({stored} AS text) IS DISTINCT FROM CAST(CAST({new} AS {type}) AS text)"
    return compose_expression(template, stored=Expression(stored), new=Expression(new), type=TypeName(column_type))


def same(stored: str, new: str, column_type: str) -> str:
    """Return the opposite of `differs`."""
    return compose_expression("NOT {differs}", differs=Expression(differs(stored, new, column_type)))


def _has_equality(column_type: str) -> bool:
    return column_type.removesuffix("[]") not in _WITHOUT_EQUALITY
