"""The SQL inside PL/pgSQL, as far as its own grammar can tell: DO blocks, functions and procedures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.compose import Expression, compose
from online_migrate.grammar.parse import operations
from online_migrate.grammar.tree import deparse, expression, pg, plpgsql_tree, tokens, type_of, unwrap

_STATEMENT, _EXPRESSION, _ASSIGNMENTS = 0, 2, (3, 4, 5)
# Statements of PL/pgSQL that do nothing but what the SQL in them does.
_PLAIN_WORDS = (
    *("block", "if", "case", "loop", "while", "fori", "fors", "foreach_a", "exit", "return", "null"),
    *("execsql", "perform", "dynexecute", "raise", "assert", "assign", "call", "getdiag"),
    *("return_next", "return_query"),
)
# Where a statement has the SQL that it runs as an expression for text.
_DYNAMIC = {"PLpgSQL_stmt_dynexecute": "query", "PLpgSQL_stmt_return_query": "dynquery"}
_PLAIN = frozenset(f"PLpgSQL_stmt_{word}" for word in _PLAIN_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a block runs.

    Attributes:
        statements: its SQL, one operation each, whichever branch it stands in; conditions and values as SELECTs.
        whole: there is nothing else in it: no SQL that is put together when it runs, no CALL, no COMMIT.
    """

    statements: tuple[str, ...] = ()
    whole: bool = False


def body_of(node: pg.DoStmt) -> Body:
    """Return what a DO statement runs; nothing where it is of another language or cannot be read."""
    options = (unwrap(argument) for argument in node.args)
    if any(option.defname == "language" and option.arg.string.sval.lower() != "plpgsql" for option in options):
        return Body()
    return read_body(deparse(node))


def read_body(sql: str) -> Body:
    """Return what a DO statement, or a CREATE FUNCTION or PROCEDURE in PL/pgSQL, runs; nothing where it is unclear."""
    tree = plpgsql_tree(sql)
    statements: list[str] = []
    whole = bool(tree)
    for kind, fields in _nodes(tree):
        if kind.startswith("PLpgSQL_stmt_") and kind not in _PLAIN:
            whole = False
        if kind == "PLpgSQL_expr":
            found = _sql(fields["query"], fields.get("parseMode", _STATEMENT))
            statements.extend(found or ())
            whole = whole and found is not None
        elif (dynamic := fields.get(_DYNAMIC.get(kind, ""))) is not None:
            executed = _constant(dynamic["PLpgSQL_expr"]["query"])
            found = _sql(executed, _STATEMENT) if executed is not None else None
            statements.extend(found or ())
            whole = whole and found is not None
    return Body(statements=tuple(dict.fromkeys(statements)), whole=whole)


def _nodes(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every node of PL/pgSQL's tree with its name, in the order in which they are written."""
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name.startswith("PLpgSQL_") and isinstance(value, dict):
                yield name, value
            yield from _nodes(value)


def _sql(text: str, mode: int) -> tuple[str, ...] | None:
    """Return the operations of a piece of SQL; None where it is neither a statement nor an expression."""
    try:
        if mode == _STATEMENT:
            return operations(text)
        if mode in _ASSIGNMENTS:
            text, mode = _assigned(text), _EXPRESSION
        return (compose("SELECT {value}", value=Expression(text)),) if mode == _EXPRESSION else None
    except SqlSyntaxError:
        return None


def _assigned(text: str) -> str:
    """Return the expression of `variable := expression`."""
    depth = 0
    for token in tokens(text):
        depth += {pg.ASCII_91: 1, pg.ASCII_93: -1}.get(token.token, 0)
        if depth == 0 and token.token in (pg.COLON_EQUALS, pg.ASCII_61):
            return text.encode()[token.end :].decode()
    return text


def _constant(text: str) -> str | None:
    """Return the text that an expression is, where it is one string."""
    try:
        node = expression(text)
    except SqlSyntaxError:
        return None
    return node.sval.sval if type_of(node) == "A_Const" and node.HasField("sval") else None
