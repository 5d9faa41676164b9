"""Statements made of another statement's parts: an UPDATE on one leaf, the count of its rows, a table without keys."""

from typing import Any

from online_migrate.grammar.analysis import column_path
from online_migrate.grammar.tree import deparse, expression, of_type, pg, statement, string, type_of, wrap
from online_migrate.plan.names import RelationName


def on_table(sql: str, table: RelationName) -> str:
    """Return UPDATE or DELETE of this table ONLY (the target, or one of its partitions), its rows called as before."""
    node = statement(sql)
    if type_of(node) not in ("UpdateStmt", "DeleteStmt"):
        raise ValueError(f"{type_of(node)} has no target row")
    target = node.relation
    called = target.alias.aliasname or target.relname
    for reference in of_type(node, "ColumnRef"):
        path = column_path(reference)
        if path[:-1] == (target.schemaname, target.relname):
            # An alias hides the table's own name, the schema before it included.
            del reference.fields[:]
            reference.fields.extend([string(called), string(path[-1])])
    target.schemaname, target.relname, target.inh = table.schema, table.name, False
    if called != table.name:
        target.alias.aliasname = called
    return deparse(node)


def moved(sql: str, table: RelationName, other: RelationName) -> str:
    """Return a statement that names a table with its schema, made for another table; its rows are called as before."""
    node = statement(sql)
    for reference in of_type(node, "ColumnRef"):
        path = column_path(reference)
        if path[:-1] == (table.schema, table.name):
            del reference.fields[:]
            reference.fields.extend([string(table.name), string(path[-1])])
    for relation in of_type(node, "RangeVar"):
        if (relation.schemaname, relation.relname) == (table.schema, table.name):
            relation.alias.aliasname = relation.alias.aliasname or table.name
            relation.schemaname, relation.relname = other.schema, other.name
    return deparse(node)


def count_of(sql: str, predicate: str) -> str:
    """Return SELECT count(*) of the rows that an UPDATE would change and for which the predicate holds too."""
    node = _update(sql)
    condition = wrap(expression(predicate))
    if node.HasField("where_clause"):
        condition = pg.Node(bool_expr=pg.BoolExpr(boolop=pg.AND_EXPR, args=[node.where_clause, condition]))
    count = statement("SELECT count(*)")
    count.from_clause.append(wrap(node.relation))
    count.from_clause.extend(node.from_clause)
    count.where_clause.CopyFrom(condition)
    return deparse(count)


def without_foreign_keys(sql: str) -> str:
    """Return CREATE TABLE without its foreign keys, those of single columns included."""
    node = statement(sql)
    if type_of(node) != "CreateStmt":
        raise ValueError("without_foreign_keys is for CREATE TABLE")
    _drop_foreign_keys(node.table_elts)
    for element in node.table_elts:
        if type_of(element) == "ColumnDef":
            _drop_foreign_keys(element.column_def.constraints)
    return deparse(node)


def _drop_foreign_keys(items: Any) -> None:
    kept = []
    dropping = False
    for item in items:
        if type_of(item) == "Constraint":
            # DEFERRABLE and the like are parts of their own that belong to the constraint before them.
            belongs = pg.ConstrType.Name(item.constraint.contype).startswith("CONSTR_ATTR")
            dropping = dropping if belongs else item.constraint.contype == pg.CONSTR_FOREIGN
        if not (type_of(item) == "Constraint" and dropping):
            kept.append(item)
    del items[:]
    items.extend(kept)


def without_if_not_exists(sql: str) -> str:
    """Return CREATE INDEX that fails where there is something of its name."""
    node = statement(sql)
    if type_of(node) != "IndexStmt":
        raise ValueError("without_if_not_exists is for CREATE INDEX")
    node.if_not_exists = False
    return deparse(node)


def _update(sql: str) -> pg.UpdateStmt:
    node = statement(sql)
    if type_of(node) != "UpdateStmt":
        raise ValueError(f"{type_of(node)} is not an UPDATE")
    result: pg.UpdateStmt = node
    return result
