"""One statement of SQL to its typed facts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from online_migrate.grammar import columns, other, plpgsql, rows, tables
from online_migrate.grammar.relations import Mention, Resolve, qualify
from online_migrate.grammar.statements import Other, Statement
from online_migrate.grammar.tree import TOO_DEEP, Message, deparse, statement, syntax_error, type_of

__all__ = ["Resolve", "read"]

_READERS: Final[Mapping[str, Callable[[Message, tuple[Mention, ...]], Statement | None]]] = {
    "AlterTableStmt": lambda node, _: columns.read_alter_table(node),
    "CreateStmt": lambda node, _: tables.read_create_table(node),
    "CreateTableAsStmt": lambda node, _: tables.read_create_table_as(node),
    "IndexStmt": lambda node, _: tables.read_create_index(node),
    "DropStmt": lambda node, _: tables.read_drop(node),
    "RenameStmt": lambda node, _: tables.read_rename(node),
    "AlterObjectSchemaStmt": lambda node, _: tables.read_set_schema(node),
    "TruncateStmt": lambda node, _: tables.read_truncate(node),
    "ReindexStmt": lambda node, _: tables.read_reindex(node),
    "CreateTrigStmt": lambda node, _: other.read_trigger(node),
    "RefreshMatViewStmt": lambda node, _: other.read_refresh(node),
    "UpdateStmt": rows.read_update,
    "DeleteStmt": rows.read_delete,
    "InsertStmt": rows.read_insert,
    "SelectStmt": lambda node, mentions: tables.read_select_into(node) or rows.read_select(node, mentions),
}


def read(sql: str, resolve: Resolve) -> Statement:
    """Return what one statement does. Total: whatever the grammar parses has an answer, `Other` at the least.

    Args:
        sql: one statement; an ALTER TABLE with one subcommand (see `parse.operations`).
        resolve: gives every relation its schema; also asked for those that do not exist yet.

    Raises:
        SqlSyntaxError: the text does not parse, is not one statement, or is nested many hundred levels deep.
    """
    node = statement(sql)
    try:
        mentions = qualify(node, resolve)
        reader = _READERS.get(type_of(node))
        found = reader(node, mentions) if reader else None
        found = found or other.read_type(node, resolve)
        if found is not None:
            return found
        facts = other.read_other(node, mentions)
        match facts.tag:
            case "do":
                return _with_body(facts, plpgsql.body_of(node), resolve)
            case "explain" if other.analyzes(node):
                return replace(facts, contains=(read(deparse(node.query), resolve),), whole=True)
            case _:
                return facts
    except RecursionError as error:
        raise syntax_error(TOO_DEEP, sql, 0) from error


def _with_body(block: Other, body: plpgsql.Body, resolve: Resolve) -> Other:
    """Return a DO block with the statements in it, read under the same names as itself."""
    return replace(block, contains=tuple(read(sql, resolve) for sql in body.statements), whole=body.whole)
