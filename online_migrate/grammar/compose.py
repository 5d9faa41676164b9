"""SQL out of a template and typed parts, so that no name or value can become anything else.

Parts are quoted here, and the whole is then parsed and written anew by PostgreSQL's grammar: what comes out is
one valid statement or an error.
"""

import math
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import LiteralString

from online_migrate.errors import InvalidNameError
from online_migrate.grammar import tree
from online_migrate.grammar.constraints import definition_of, parse_definition
from online_migrate.plan.names import RelationName

_NAME_BYTES = 63


@dataclass(frozen=True, slots=True)
class Identifier:
    """The name of one thing, unquoted: a column, constraint, index, schema, trigger, function."""

    name: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A list of one or more names, written with commas between them."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """The SQL of one expression; put in parentheses, which stay only where they are needed."""

    sql: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; a sequence of strings becomes an array."""

    value: str | int | float | bool | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class TypeName:
    """The SQL of a type's name, "varchar(20)"."""

    sql: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What follows ADD CONSTRAINT name: "CHECK (a > 0)", as `Constraint.definition` and the catalog have it."""

    sql: str


Part = RelationName | Identifier | Columns | Expression | Literal | TypeName | Definition


def compose(template: LiteralString, /, **parts: Part) -> str:
    """Return one statement: the template with a part in the place of each {placeholder}.

    Raises:
        InvalidNameError: a name is empty, longer than 63 bytes or holds a zero byte.
        SqlSyntaxError: the result is not exactly one statement, or an Expression or TypeName is not one.
        KeyError: the template names a part that was not given.
    """
    return tree.written_anew(_fill(template, parts))


def compose_expression(template: LiteralString, /, **parts: Part) -> str:
    """Return one expression, by the same rules as `compose`."""
    return tree.deparse_expression(tree.expression(_fill(template, parts)))


def compose_body(template: LiteralString, /, **parts: Part) -> str:
    """Return the body of a PL/pgSQL trigger function, by the same rules, checked by PL/pgSQL's own grammar."""
    body = _fill(template, parts)
    tree.check_trigger_body(
        compose("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS {body}", body=Literal(body))
    )
    return body


def quote(name: str) -> str:
    """Return a name in double quotes.

    Raises:
        InvalidNameError: PostgreSQL could not have a thing of that name.
    """
    if not name or "\0" in name or len(name.encode()) > _NAME_BYTES:
        raise InvalidNameError(name)
    return tree.in_quotes(name)


def _fill(template: str, parts: dict[str, Part]) -> str:
    pieces = []
    for text, field, _, _ in string.Formatter().parse(template):
        pieces.append(text)
        if field is not None:
            pieces.append(_write(parts[field]))
    return "".join(pieces)


def _write(part: Part) -> str:
    match part:
        case RelationName():
            return f"{quote(part.schema)}.{quote(part.name)}"
        case Identifier():
            return quote(part.name)
        case Columns():
            if not part.names:
                raise InvalidNameError("")
            return ", ".join(quote(name) for name in part.names)
        case Expression():
            return f"({tree.deparse_expression(tree.expression(part.sql))})"
        case Literal(value=str(text)):
            return _string(text)
        case Literal():
            return tree.deparse_expression(_constant(part.value))
        case TypeName():
            return _type(part.sql)
        case Definition():
            return definition_of(parse_definition(part.sql))


@lru_cache(maxsize=4096)
def _type(sql: str) -> str:
    """Return the name of a type as SQL; tables have the same few again and again."""
    return tree.deparse_type(tree.type_name(sql))


@lru_cache(maxsize=4096)
def _string(text: str) -> str:
    """Return a string as SQL; the checks of one table's steps name it again and again."""
    return tree.deparse_expression(_constant(text))


def _constant(value: str | int | float | bool | Sequence[str] | None) -> tree.Message:
    """Return the tree of a value; the grammar writes it, quotes and all."""
    pg = tree.pg
    match value:
        case None:
            return pg.A_Const(isnull=True)
        case bool():
            return pg.A_Const(boolval=pg.Boolean(boolval=value))
        case int() if abs(value) < 2**31:
            return pg.A_Const(ival=pg.Integer(ival=value))
        case int():
            return pg.A_Const(fval=pg.Float(fval=str(value)))
        case float() if math.isfinite(value):
            return pg.A_Const(fval=pg.Float(fval=repr(value)))
        case float():
            cast = pg.TypeName(names=[tree.string("float8")], typemod=-1)
            return pg.TypeCast(arg=pg.Node(a_const=pg.A_Const(sval=pg.String(sval=str(value)))), type_name=cast)
        case str():
            return pg.A_Const(sval=pg.String(sval=value))
        case _:
            return pg.A_ArrayExpr(elements=[tree.wrap(_constant(item)) for item in value])
