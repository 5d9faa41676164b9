"""Functions and procedures: what runs when one is called, as far as its body can be read."""

from dataclasses import dataclass

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.compose import Expression, compose
from online_migrate.grammar.parse import operations
from online_migrate.grammar.plpgsql import Body, body_of, read_body
from online_migrate.grammar.tree import (
    Message,
    deparse,
    deparse_expression,
    deparse_type,
    of_type,
    parse,
    pg,
    statement,
    string,
    type_of,
    unique,
    unwrap,
    words,
)
from online_migrate.plan.names import RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A CREATE FUNCTION or PROCEDURE.

    Attributes:
        name: without its schema.
        replaces: OR REPLACE.
        trigger: it is run by triggers, and cannot be called.
        volatility: "i", "s" or "v".
        body: what it runs when it is called.
        search_path: that it sets for itself, None where it runs under the caller's.
    """

    name: str
    replaces: bool
    trigger: bool
    volatility: str
    body: Body
    search_path: tuple[str, ...] | None


def defines_function(sql: str) -> bool:
    """Tell whether a statement is a CREATE FUNCTION or PROCEDURE."""
    return type_of(parse(sql).stmts[0].stmt) == "CreateFunctionStmt"


def drop_function(sql: str) -> str:
    """Return the DROP of what a CREATE FUNCTION or PROCEDURE makes."""
    node = statement(sql)
    made = pg.Node(object_with_args=_made_by(node))
    return deparse(pg.DropStmt(objects=[made], remove_type=_object_of(node), behavior=pg.DROP_RESTRICT))


def renamed_back(sql: str) -> str | None:
    """Return what undoes ALTER FUNCTION ... RENAME TO or SET SCHEMA; None where the schema that it had is not said."""
    node = statement(sql)
    function = node.object.object_with_args
    path = words(function.objname)
    if type_of(node) == "RenameStmt":
        now, node.newname = (*path[:-1], node.newname), path[-1]
    elif len(path) > 1:
        now, node.newschema = (node.newschema, path[-1]), path[-2]
    else:
        return None
    del function.objname[:]
    function.objname.extend(map(string, now))
    return deparse(node)


def replacing(sql: str) -> str:
    """Return a CREATE FUNCTION or PROCEDURE with OR REPLACE."""
    node = statement(sql)
    if node.replace:
        return sql
    node.replace = True
    return deparse(node)


def signature_of(sql: str) -> tuple[RelationName, tuple[str, ...]]:
    """Return the name of what a CREATE FUNCTION or PROCEDURE makes, and the types of what it takes.

    The schema is "" where it is not said.
    """
    node = statement(sql)
    *schema, name = words(node.funcname)
    return RelationName("".join(schema), name), tuple(
        deparse_type(argument.type_name) for argument in _made_by(node).objargs
    )


def _made_by(node: pg.CreateFunctionStmt) -> pg.ObjectWithArgs:
    taken = (pg.FUNC_PARAM_IN, pg.FUNC_PARAM_INOUT, pg.FUNC_PARAM_VARIADIC, pg.FUNC_PARAM_DEFAULT)
    types = [pg.Node(type_name=p.function_parameter.arg_type) for p in node.parameters]
    args = [t for t, p in zip(types, node.parameters, strict=True) if p.function_parameter.mode in taken]
    return pg.ObjectWithArgs(objname=node.funcname, objargs=args)


def _object_of(node: pg.CreateFunctionStmt) -> int:
    return int(pg.OBJECT_PROCEDURE if node.is_procedure else pg.OBJECT_FUNCTION)


def renamed_function(sql: str) -> str | None:
    """Return the function or procedure, without schema, that gets another name or schema; None for anything else."""
    node = unwrap(parse(sql).stmts[0].stmt)
    if type_of(node) not in ("RenameStmt", "AlterObjectSchemaStmt") or not node.object.HasField("object_with_args"):
        return None
    return words(node.object.object_with_args.objname)[-1]


def replaced_function(sql: str) -> str | None:
    """Return the function or procedure, without schema, that CREATE OR REPLACE may find; None for anything else."""
    node = unwrap(parse(sql).stmts[0].stmt)
    return words(node.funcname)[-1] if type_of(node) == "CreateFunctionStmt" and node.replace else None


def called_names(sql: str) -> tuple[str, ...]:
    """Return the functions and procedures, without schema, that a SELECT, CALL or DO block calls; else none."""
    node = unwrap(parse(sql).stmts[0].stmt)
    match type_of(node):
        case "SelectStmt" | "CallStmt":
            return unique(words(call.funcname)[-1] for call in of_type(node, "FuncCall"))
        case "DoStmt":
            return unique(name for inner in body_of(node).statements for name in called_names(inner))
        case _:
            return ()


def definition_of(sql: str) -> Definition:
    """Return the facts of a CREATE FUNCTION or PROCEDURE; the body is empty and not whole where it cannot be read.

    Raises:
        SqlSyntaxError: the text does not parse.
    """
    node = statement(sql)
    options = {unwrap(option).defname: unwrap(option).arg for option in node.options if unwrap(option).defname != "set"}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    return Definition(
        name=words(node.funcname)[-1],
        replaces=node.replace,
        trigger=words(node.return_type.names)[-1:] in (("trigger",), ("event_trigger",)),
        volatility=options["volatility"].string.sval[0] if "volatility" in options else "v",
        body=_body(node, language, options.get("as")),
        search_path=_search_path(node),
    )


def _body(node: pg.CreateFunctionStmt, language: str, source: Message | None) -> Body:
    match language:
        case "plpgsql":
            return read_body(deparse(node))
        case "sql" if node.HasField("sql_body"):
            return _atomic(unwrap(node.sql_body))
        case "sql" if source is not None:
            return _of_sql(source.list.items[0].string.sval)
        case _:
            return Body()


def _of_sql(text: str) -> Body:
    try:
        return Body(statements=operations(text), whole=True)
    except SqlSyntaxError:
        return Body()


def _atomic(body: Message) -> Body:
    """The statements of BEGIN ATOMIC ... END, or the one of RETURN."""
    if isinstance(body, pg.ReturnStmt):
        value = Expression(deparse_expression(body.returnval))
        return Body(statements=(compose("SELECT {value}", value=value),), whole=True)
    found = (unwrap(item) for inner in body.items for item in unwrap(inner).items)
    return Body(statements=tuple(deparse(item) for item in found if not isinstance(item, pg.ReturnStmt)), whole=True)


def _search_path(node: pg.CreateFunctionStmt) -> tuple[str, ...] | None:
    for option in (unwrap(item) for item in node.options):
        if option.defname == "set" and option.arg.variable_set_stmt.name == "search_path":
            return tuple(value.a_const.sval.sval for value in option.arg.variable_set_stmt.args)
    return None
