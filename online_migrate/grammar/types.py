"""Types under other names: in expressions, and as ALTER TYPE and CREATE TYPE name them."""

from collections.abc import Mapping

from online_migrate.grammar.analysis import objects
from online_migrate.grammar.constraints import definition_of, parse_definition
from online_migrate.grammar.tree import (
    Message,
    deparse,
    deparse_expression,
    expression,
    of_type,
    statement,
    string,
    type_name,
    type_of,
    words,
    wrap,
)
from online_migrate.plan.names import RelationName

Types = Mapping[RelationName, RelationName]


def in_expression(sql: str, names: Types) -> str:
    """Return an expression with other types in the place of some, named with or without schema."""
    node = wrap(expression(sql))
    _put(node, names)
    return deparse_expression(node)


def in_statement(sql: str, names: Types) -> str:
    """Return a statement with other types in the place of some, named with or without schema."""
    node = statement(sql)
    _put(node, names)
    return deparse(node)


def in_definition(definition: str, names: Types) -> str:
    """Return what follows ADD CONSTRAINT name with other types in the place of some."""
    node = parse_definition(definition)
    _put(node, names)
    return definition_of(node)


def _put(node: Message, names: Types) -> None:
    for found in of_type(node, "TypeName"):
        new = next((new for old, new in names.items() if _means(found, old)), None)
        if new is not None:
            _rename(found.names, new)


def created_as(sql: str, name: RelationName) -> str:
    """Return CREATE TYPE ... AS ENUM under another name.

    Raises:
        ValueError: it is not that.
    """
    node = statement(sql)
    if type_of(node) != "CreateEnumStmt":
        raise ValueError("created_as is for CREATE TYPE ... AS ENUM")
    _rename(node.type_name, name)
    return deparse(node)


def is_type(text: str, name: RelationName) -> bool:
    """Whether the name of a type, with or without its schema, may be this one; an array of it is another."""
    node = type_name(text)
    return _means(node, name) and not node.array_bounds


def names_type(sql: str, name: str) -> bool:
    """Whether a statement may mean a type by this name, whatever its schema."""
    node = statement(sql)
    # ALTER TYPE has its words in a list.
    lists = (item.string.sval for found in of_type(node, "List") for item in found.items if item.HasField("string"))
    return name in objects(sql) or name in lists


def _means(type_: Message, name: RelationName) -> bool:
    return words(type_.names) in ((name.name,), (name.schema, name.name))


def _rename(path: Message, name: RelationName) -> None:
    del path[:]
    path.extend((string(name.schema), string(name.name)))
