"""Sequences, as `nextval('a'::regclass)` names them."""

from collections.abc import Iterator

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.tree import (
    Message,
    deparse_expression,
    expression,
    in_quotes,
    of_type,
    pg,
    statement,
    type_name,
    unwrap,
    words,
    wrap,
)
from online_migrate.plan.names import RelationName

_FUNCTIONS = ("nextval", "currval", "setval")


def called(sql: str) -> tuple[str, ...]:
    """Return the names, without schema, of the sequences from which a statement takes or to which it gives numbers."""
    if not any(name in sql.lower() for name in _FUNCTIONS):
        return ()
    return tuple(path[-1] for constant in _constants(statement(sql)) if (path := _path(constant)))


def in_default(sql: str, old: RelationName, new: RelationName) -> str:
    """Return the default of a column with another sequence in the place of one."""
    node = wrap(expression(sql))
    for constant in _constants(node):
        if _path(constant) in ((old.name,), (old.schema, old.name)):
            constant.sval.sval = ".".join(in_quotes(part) for part in (new.schema, new.name))
    return deparse_expression(node)


def _constants(node: Message) -> Iterator[pg.A_Const]:
    for call in of_type(node, "FuncCall"):
        if words(call.funcname)[-1] in _FUNCTIONS and call.args:
            argument = unwrap(call.args[0])
            if argument.DESCRIPTOR.name == "TypeCast":
                argument = unwrap(argument.arg)
            if argument.DESCRIPTOR.name == "A_Const" and argument.HasField("sval"):
                yield argument


def _path(constant: pg.A_Const) -> tuple[str, ...]:
    """The words of the name in a constant; none where it is no name."""
    try:
        return words(type_name(constant.sval.sval).names)
    except SqlSyntaxError:
        return ()
