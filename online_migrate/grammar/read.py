"""One statement of SQL to its typed facts."""

from online_migrate.grammar import columns, other, rows, tables
from online_migrate.grammar.relations import Resolve, qualify
from online_migrate.grammar.statements import Statement
from online_migrate.grammar.tree import deparse, pg, statement, type_of

__all__ = ["Resolve", "read"]

_ALTERABLE_TABLES = (pg.OBJECT_TABLE, pg.OBJECT_FOREIGN_TABLE)


def read(sql: str, resolve: Resolve) -> Statement:
    """Return what one statement does. Total: whatever the grammar parses has an answer, `Other` at the least.

    Args:
        sql: one statement; an ALTER TABLE with one subcommand (see `parse.operations`).
        resolve: gives every relation its schema; also asked for those that do not exist yet.

    Raises:
        SqlSyntaxError: the text does not parse, or is not one statement.
    """
    node = statement(sql)
    mentions = qualify(node, resolve)
    match type_of(node):
        case "AlterTableStmt" if node.objtype in _ALTERABLE_TABLES:
            return columns.read_alter_table(node)
        case "CreateStmt":
            return tables.read_create_table(node)
        case "CreateForeignTableStmt":
            return other.read_other(node, mentions)
        case "CreateTableAsStmt" if node.objtype == pg.OBJECT_TABLE:
            return tables.read_create_table_as(deparse(node), node.into, node.query, node.if_not_exists)
        case "SelectStmt" if node.HasField("into_clause"):
            query = pg.SelectStmt()
            query.CopyFrom(node)
            query.ClearField("into_clause")
            return tables.read_create_table_as(deparse(node), node.into_clause, query, if_not_exists=False)
        case "IndexStmt":
            return tables.read_create_index(node)
        case "DropStmt":
            return tables.read_drop(node) or other.read_other(node, mentions)
        case "RenameStmt":
            return tables.read_rename(node) or other.read_other(node, mentions)
        case "AlterObjectSchemaStmt":
            return tables.read_set_schema(node) or other.read_other(node, mentions)
        case "TruncateStmt":
            return tables.read_truncate(node)
        case "ReindexStmt":
            return tables.read_reindex(node)
        case "UpdateStmt":
            return rows.read_update(node, mentions)
        case "DeleteStmt":
            return rows.read_delete(node, mentions)
        case "InsertStmt":
            return rows.read_insert(node, mentions)
        case "SelectStmt":
            return rows.read_select(node, mentions)
        case "CreateTrigStmt":
            return other.read_trigger(node)
        case "RefreshMatViewStmt":
            return other.read_refresh(node)
        case _:
            return other.read_type(node, resolve) or other.read_other(node, mentions)
