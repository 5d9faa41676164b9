"""Parse trees of PostgreSQL's own grammar; the only module that imports the libpg_query binding.

Trees are the protobuf messages of libpg_query, the same in every binding of it. A tree that `parse`
returns is shared and must not be changed; `statement` and `expression` return copies to edit.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeAlias

import postgast
from google.protobuf.message import DecodeError
from postgast import pg_query_pb2 as pg

from online_migrate.errors import SqlSyntaxError

__all__ = ["Message", "pg"]

# Protobuf has no type that says "one of the 250 node classes"; `type_of` tells them apart.
Message: TypeAlias = Any

_FIELD_OF_TYPE = {f.message_type.name: f.name for f in pg.Node.DESCRIPTOR.fields if f.message_type}
_SELECT = "SELECT "
TOO_DEEP = "the expressions in this statement are nested too deeply to be read; write it as several"


def syntax_error(message: str, text: str, at: int, file: str | None = None) -> SqlSyntaxError:
    """Return the error for a place in a text, given as an index into it."""
    line = text.count("\n", 0, at) + 1
    return SqlSyntaxError(message, line=line, column=at - text.rfind("\n", 0, at), file=file)


@lru_cache(maxsize=4096)
def parse(sql: str, file: str | None = None) -> pg.ParseResult:
    """Return the tree of a text of any number of statements. Shared: do not change it.

    Raises:
        SqlSyntaxError: with line and column in the text.
    """
    if "\0" in sql:
        raise syntax_error("a zero byte cannot be part of SQL", sql, sql.index("\0"), file)
    try:
        return _parse(sql)
    except postgast.PgQueryError as error:
        # Counted in characters, though the binding's documentation says bytes.
        raise syntax_error(error.message, sql, max(error.cursorpos - 1, 0), file) from error


def _parse(sql: str) -> pg.ParseResult:
    try:
        return postgast.parse(sql)
    except DecodeError:
        # Protobuf stops at 100 levels, which fifty strings joined by || already reach. Its C runtime can be told
        # not to; where it is another runtime, the limit stays.
        try:
            runtime = import_module("google._upb._message")
        except ModuleNotFoundError as error:
            raise syntax_error(TOO_DEEP, sql, 0) from error
        runtime.SetAllowOversizeProtos(True)
        return postgast.parse(sql)


def tokens(sql: str) -> list[pg.ScanToken]:
    """Return the tokens of a text, comments included, with their byte offsets.

    Raises:
        SqlSyntaxError: the text does not fall into tokens.
    """
    try:
        return list(postgast.scan(sql).tokens)
    except postgast.PgQueryError as error:
        raise syntax_error(error.message, sql, max(error.cursorpos - 1, 0)) from error


def without_literals(sql: str) -> str | None:
    """Return a text of any number of statements with $1, $2, ... for their constants; None where it does not parse."""
    try:
        return str(postgast.normalize(sql))
    except postgast.PgQueryError:
        return None


def statement(sql: str) -> Message:
    """Return an editable copy of the tree of exactly one statement.

    Raises:
        SqlSyntaxError: the text does not parse, or is not one statement.
    """
    copy = pg.Node()
    copy.CopyFrom(_statement(sql))
    return unwrap(copy)


def written_anew(sql: str) -> str:
    """Return exactly one statement as the grammar writes it.

    Raises:
        SqlSyntaxError: the text does not parse, or is not one statement.
    """
    return deparse(_statement(sql))


def _statement(sql: str) -> pg.Node:
    """Return the shared tree of exactly one statement."""
    statements = parse(sql).stmts
    if len(statements) != 1:
        raise syntax_error(f"one statement was expected, {len(statements)} found", sql, 0)
    result: pg.Node = statements[0].stmt
    return result


def expression(sql: str) -> Message:
    """Return an editable copy of the tree of one expression.

    Raises:
        SqlSyntaxError: the text is not exactly one expression; line and column are those in the text.
    """
    copy = pg.Node()
    copy.CopyFrom(_expression(sql))
    return unwrap(copy)


@lru_cache(maxsize=4096)
def _expression(sql: str) -> pg.Node:
    """Return the shared tree of one expression."""
    try:
        select = statement(_SELECT + sql)
    except SqlSyntaxError as error:
        column = error.column - len(_SELECT) if error.line == 1 else error.column
        reason = str(error.__cause__ or "this is not one expression")
        raise SqlSyntaxError(reason, line=error.line, column=max(column, 1)) from error
    targets = select.target_list
    value = targets[0].res_target if len(targets) == 1 else pg.ResTarget()
    if value.name or not value.HasField("val") or deparse(_select(value.val)) != deparse(select):
        raise syntax_error("this is not one expression", sql, 0)
    result: pg.Node = value.val
    return result


def type_name(sql: str) -> pg.TypeName:
    """Return the tree of a type's name, "varchar(20)".

    Raises:
        SqlSyntaxError: the text is not the name of a type.
    """
    cast = expression(f"NULL::{sql}")
    if type_of(cast) != "TypeCast" or not cast.arg.a_const.isnull:
        raise syntax_error("this is not the name of a type", sql, 0)
    result: pg.TypeName = cast.type_name
    return result


def deparse(node: Message) -> str:
    """Return the SQL of a statement's tree."""
    text = _deparse(node)
    if not _MAY_HAVE_BARE_NAMES.search(text):
        return text
    copy = pg.Node()
    copy.CopyFrom(wrap(node))
    quoted = [_quote_bare_names(found) for found in walk(copy)]
    return _deparse(copy) if any(quoted) else text


def _deparse(node: Message) -> str:
    # Given to a constructor, a tree would be copied once for each message around it.
    result = pg.ParseResult()
    place = result.stmts.add().stmt
    inner = unwrap(node)
    if not isinstance(inner, pg.Node):
        getattr(place, _FIELD_OF_TYPE[inner.DESCRIPTOR.name]).CopyFrom(inner)
    return str(postgast.deparse(result))


# What libpg_query 18 writes without the quotes it may need: found by putting such a name into every place of every
# statement of PostgreSQL's own tests. The pattern finds the statements that may have one, and a few more.
_BARE_NAMES = {
    "FunctionParameter": ("name",),
    "NamedArgExpr": ("name",),
    "StatsElem": ("name",),
    "WindowDef": ("name",),
    "AlterTableMoveAllStmt": ("orig_tablespacename", "new_tablespacename"),
    "DropSubscriptionStmt": ("subname",),
    "DropTableSpaceStmt": ("tablespacename",),
    "ImportForeignSchemaStmt": ("remote_schema",),
}
_MAY_HAVE_BARE_NAMES = re.compile(
    r"FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|STATISTICS|SUBSCRIPTION|TABLESPACE|FOREIGN SCHEMA"
    r"|:=|OVER|WINDOW|USING \(|SET NULL \(|SET DEFAULT \("
)
_PLAIN_KEYWORDS = (pg.NO_KEYWORD, pg.UNRESERVED_KEYWORD)
_PLAIN_NAME = re.compile("[a-z_][a-z0-9_$]*")


def _quote_bare_names(node: Message) -> bool:
    """Put the quotes they need around names that are written as they stand; return whether there was one."""
    kind, before = node.DESCRIPTOR.name, node.ByteSize()
    for field in _BARE_NAMES.get(kind, ()):
        setattr(node, field, _quoted_if_needed(getattr(node, field)))
    if kind == "JoinExpr" and node.HasField("join_using_alias"):
        node.join_using_alias.aliasname = _quoted_if_needed(node.join_using_alias.aliasname)
    if kind == "Constraint":
        for column in node.fk_del_set_cols:
            column.string.sval = _quoted_if_needed(column.string.sval)
    return bool(node.ByteSize() != before)


def _quoted_if_needed(name: str) -> str:
    if not name or (_PLAIN_NAME.fullmatch(name) and tokens(name)[0].keyword_kind in _PLAIN_KEYWORDS):
        return name
    return in_quotes(name)


def in_quotes(name: str) -> str:
    """Return a name in double quotes."""
    return '"' + '""'.join(name.split('"')) + '"'


def deparse_expression(node: Message) -> str:
    """Return the SQL of an expression's tree. libpg_query only writes statements, so it goes through SELECT."""
    return deparse(_select(wrap(node))).removeprefix(_SELECT)


def deparse_type(name: pg.TypeName) -> str:
    """Return the SQL of a type's name."""
    null = pg.Node(a_const=pg.A_Const(isnull=True))
    return deparse_expression(pg.TypeCast(arg=null, type_name=name)).removeprefix("NULL::")


def _select(value: pg.Node) -> pg.SelectStmt:
    select = pg.SelectStmt(limit_option=pg.LIMIT_OPTION_DEFAULT, op=pg.SETOP_NONE)
    select.target_list.add().res_target.val.CopyFrom(value)
    return select


def check_trigger_body(create_function: str) -> None:
    """Check the body of a PL/pgSQL function, given the CREATE FUNCTION statement.

    Raises:
        SqlSyntaxError: PL/pgSQL's grammar rejects it; the place is that in the body as far as it is known.
    """
    try:
        postgast.parse_plpgsql(create_function)
    except postgast.PgQueryError as error:
        raise syntax_error(error.message, create_function, max(error.cursorpos - 1, 0)) from error
    except json.JSONDecodeError:
        # The grammar accepted it; libpg_query 18 writes JSON that is broken where a name has quotes in it.
        return


def plpgsql_tree(sql: str) -> Any:
    """Return the tree of a DO statement or CREATE FUNCTION in PL/pgSQL as JSON's objects; None where there is none."""
    try:
        return postgast.parse_plpgsql(sql)
    except (postgast.PgQueryError, json.JSONDecodeError):
        # libpg_query 18 writes JSON that is broken where a name has quotes in it.
        return None


def type_of(node: Message) -> str:
    """Return the grammar's name of a node's type, "ColumnRef"; "" for an unset node."""
    inner = unwrap(node)
    return "" if isinstance(inner, pg.Node) else str(inner.DESCRIPTOR.name)


def field_of(kind: str) -> str:
    """Return the snake-case name by which a Node holds a type of node: "select_stmt" for "SelectStmt"."""
    return str(_FIELD_OF_TYPE[kind])


def unwrap(node: Message) -> Message:
    """Return the message inside a Node; any other message as it is."""
    if isinstance(node, pg.Node):
        field = node.WhichOneof("node")
        return getattr(node, field) if field else node
    return node


def wrap(node: Message) -> pg.Node:
    """Return a Node around a message; a Node as it is."""
    return node if isinstance(node, pg.Node) else pg.Node(**{_FIELD_OF_TYPE[node.DESCRIPTOR.name]: node})


def replace(place: pg.Node, node: Message) -> None:
    """Put a node in the place of another, in the tree."""
    copy = pg.Node()
    copy.CopyFrom(wrap(node))
    place.CopyFrom(copy)


def children(node: Message) -> Iterator[tuple[str, Message]]:
    """Yield the field name and the message of every child; Nodes are not unwrapped, so they can be replaced."""
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        if hasattr(value, "DESCRIPTOR"):
            yield field.name, value
        else:
            for item in value:
                yield field.name, item


def walk(node: Message) -> Iterator[Message]:
    """Yield every message of a tree, itself first, without the Nodes around them."""
    waiting = [node]
    while waiting:
        inner = unwrap(waiting.pop())
        yield inner
        waiting.extend(reversed([child for _, child in children(inner)]))


def of_type(node: Message, name: str) -> Iterator[Message]:
    """Yield every message of one type in a tree."""
    return (found for found in walk(node) if found.DESCRIPTOR.name == name)


def words(nodes: Iterable[Message]) -> tuple[str, ...]:
    """Return the texts of a list of String nodes."""
    return tuple(node.string.sval for node in nodes)


def string(text: str) -> pg.Node:
    """Return a String node."""
    return pg.Node(string=pg.String(sval=text))


def unique(items: Iterable[Any]) -> tuple[Any, ...]:
    """Return the items once each, in the order they first came."""
    return tuple(dict.fromkeys(items))
