"""Tables and indexes: create, drop, rename, truncate, reindex."""

from dataclasses import replace
from typing import Final

from online_migrate.grammar.analysis import columns_in
from online_migrate.grammar.columns import read_column
from online_migrate.grammar.constraints import constraint_in, read_constraint
from online_migrate.grammar.relations import TEMPORARY_SCHEMA, name_of
from online_migrate.grammar.statements import (
    CreateIndex,
    CreateTable,
    DropIndex,
    DropTable,
    Reindex,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameSchema,
    RenameSequence,
    RenameTable,
    SetSchema,
    Statement,
    Truncate,
)
from online_migrate.grammar.tree import Message, deparse, deparse_expression, of_type, pg, type_of, unique, words
from online_migrate.plan.names import RelationName

_TARGETS: Final = {
    pg.REINDEX_OBJECT_INDEX: "index",
    pg.REINDEX_OBJECT_TABLE: "table",
    pg.REINDEX_OBJECT_SCHEMA: "schema",
    pg.REINDEX_OBJECT_SYSTEM: "system",
    pg.REINDEX_OBJECT_DATABASE: "database",
}
_TABLES: Final = (pg.OBJECT_TABLE, pg.OBJECT_FOREIGN_TABLE)


def read_create_table(node: pg.CreateStmt) -> CreateTable:
    """Return the facts of CREATE TABLE."""
    elements = list(node.table_elts)
    constraints = [constraint_in(item) for item in (*elements, *node.constraints, *node.nnconstraints)]
    facts = tuple(read_constraint(c) for c in constraints if c is not None)
    forced = {c for fact in facts if fact.type in ("primary_key", "not_null") for c in fact.columns}
    definitions = (read_column(item.column_def) for item in elements if type_of(item) == "ColumnDef")
    parents = tuple(name_of(item.range_var) for item in node.inh_relations)
    partition = node.HasField("partbound")
    return CreateTable(
        sql=deparse(node),
        table=name_of(node.relation),
        columns=tuple(replace(c, not_null=c.not_null or c.name in forced) for c in definitions),
        constraints=facts,
        partition_of=parents[0] if partition else None,
        partition_bound=_partition_bound(node) if partition else None,
        partition_key=_partition_key(node) if node.HasField("partspec") else None,
        inherits=() if partition else parents,
        like=tuple(name_of(i.table_like_clause.relation) for i in elements if type_of(i) == "TableLikeClause"),
        temporary=is_temporary(node.relation),
        if_not_exists=node.if_not_exists,
    )


def read_create_table_as(node: pg.CreateTableAsStmt) -> CreateTable | None:
    """Return the facts of CREATE TABLE AS; None for a materialised view."""
    if node.objtype != pg.OBJECT_TABLE:
        return None
    return _from_query(deparse(node), node.into, node.query, node.if_not_exists)


def read_select_into(node: pg.SelectStmt) -> CreateTable | None:
    """Return the facts of SELECT INTO; None for any other SELECT."""
    if not node.HasField("into_clause"):
        return None
    query = pg.SelectStmt()
    query.CopyFrom(node)
    query.ClearField("into_clause")
    return _from_query(deparse(node), node.into_clause, query, if_not_exists=False)


def _from_query(sql: str, into: pg.IntoClause, query: Message, if_not_exists: bool) -> CreateTable:
    return CreateTable(
        sql=sql,
        table=name_of(into.rel),
        columns=(),
        constraints=(),
        temporary=is_temporary(into.rel),
        if_not_exists=if_not_exists,
        query=deparse(query),
    )


def is_temporary(relation: pg.RangeVar) -> bool:
    """Whether a relation is written as temporary."""
    return bool(relation.relpersistence == "t" or relation.schemaname == TEMPORARY_SCHEMA)


def _shell(relation: str) -> pg.CreateStmt:
    """Return a CREATE TABLE to hang a part on, whose text is then read off its end."""
    table = pg.RangeVar(relname=relation, inh=True, relpersistence="p")
    return pg.CreateStmt(relation=table, oncommit=pg.ONCOMMIT_NOOP)


def _partition_bound(node: pg.CreateStmt) -> str:
    shell = _shell("t")
    shell.inh_relations.add().range_var.CopyFrom(pg.RangeVar(relname="p", inh=True, relpersistence="p"))
    shell.partbound.CopyFrom(node.partbound)
    return deparse(shell).removeprefix("CREATE TABLE t PARTITION OF p ")


def _partition_key(node: pg.CreateStmt) -> str:
    shell = _shell("t")
    shell.partspec.CopyFrom(node.partspec)
    return deparse(shell).removeprefix("CREATE TABLE t () PARTITION BY ")


def read_create_index(node: pg.IndexStmt) -> CreateIndex:
    """Return the facts of CREATE INDEX."""
    keys = [item.index_elem for item in node.index_params]
    include = tuple(item.index_elem.name for item in node.index_including_params)
    mentioned = [c for key in keys for c in ((key.name,) if key.name else columns_in(key.expr))]
    return CreateIndex(
        sql=deparse(node),
        table=name_of(node.relation),
        only=not node.relation.inh,
        name=node.idxname or None,
        columns=unique((*mentioned, *include, *columns_in(node.where_clause))),
        key_columns=tuple(key.name or None for key in keys),
        include=include,
        unique=node.unique,
        concurrently=node.concurrent,
        method=node.access_method or "btree",
        where=deparse_expression(node.where_clause) if node.HasField("where_clause") else None,
        if_not_exists=node.if_not_exists,
        nulls_not_distinct=node.nulls_not_distinct,
    )


def read_drop(node: pg.DropStmt) -> Statement | None:
    """Return the facts of DROP TABLE or DROP INDEX of one object; None for any other DROP."""
    if len(node.objects) != 1:
        return None
    cascade = node.behavior == pg.DROP_CASCADE
    if node.remove_type in _TABLES:
        table = object_name(node.objects[0])
        return DropTable(sql=deparse(node), table=table, if_exists=node.missing_ok, cascade=cascade)
    if node.remove_type == pg.OBJECT_INDEX:
        return DropIndex(
            sql=deparse(node),
            index=object_name(node.objects[0]),
            concurrently=node.concurrent,
            if_exists=node.missing_ok,
            cascade=cascade,
        )
    return None


def object_name(node: Message) -> RelationName:
    """Return the name in a list of words, [schema, name]."""
    parts = words(node.list.items)
    return RelationName(parts[-2] if len(parts) > 1 else TEMPORARY_SCHEMA, parts[-1])


def read_rename(node: pg.RenameStmt) -> Statement | None:
    """Return the facts of renaming a schema, table, column, constraint, index or sequence; None for anything else."""
    if node.rename_type == pg.OBJECT_SCHEMA:
        return RenameSchema(sql=deparse(node), schema=node.subname, new=node.newname)
    if not node.HasField("relation"):
        return None
    table = name_of(node.relation)
    only = not node.relation.inh
    sql = deparse(node)
    new = node.newname
    if_exists = node.missing_ok
    match node.rename_type:
        case pg.OBJECT_COLUMN if node.relation_type in _TABLES:
            return RenameColumn(sql=sql, table=table, only=only, if_exists=if_exists, column=node.subname, new_name=new)
        case pg.OBJECT_TABCONSTRAINT:
            return RenameConstraint(
                sql=sql, table=table, only=only, if_exists=if_exists, name=node.subname, new_name=new
            )
        case pg.OBJECT_TABLE | pg.OBJECT_FOREIGN_TABLE | pg.OBJECT_VIEW:
            return RenameTable(sql=sql, table=table, if_exists=if_exists, new_name=new)
        case pg.OBJECT_INDEX:
            return RenameIndex(sql=sql, index=table, new_name=new)
        case pg.OBJECT_SEQUENCE if not if_exists:
            return RenameSequence(sql=sql, sequence=table, new=RelationName(table.schema, new))
        case _:
            return None


def read_set_schema(node: pg.AlterObjectSchemaStmt) -> SetSchema | RenameSequence | None:
    """Return the facts of ALTER TABLE or SEQUENCE ... SET SCHEMA; None for other objects."""
    if node.object_type == pg.OBJECT_SEQUENCE and not node.missing_ok:
        sequence = name_of(node.relation)
        return RenameSequence(sql=deparse(node), sequence=sequence, new=RelationName(node.newschema, sequence.name))
    if node.object_type not in _TABLES:
        return None
    return SetSchema(sql=deparse(node), table=name_of(node.relation), if_exists=node.missing_ok, schema=node.newschema)


def read_truncate(node: pg.TruncateStmt) -> Truncate:
    """Return the facts of TRUNCATE."""
    relations = [item.range_var for item in node.relations]
    return Truncate(
        sql=deparse(node),
        tables=tuple(map(name_of, relations)),
        only=frozenset(name_of(relation) for relation in relations if not relation.inh),
        cascade=node.behavior == pg.DROP_CASCADE,
    )


def read_reindex(node: pg.ReindexStmt) -> Reindex:
    """Return the facts of REINDEX."""
    concurrently = any(is_on(option) for option in of_type(node, "DefElem") if option.defname == "concurrently")
    return Reindex(
        sql=deparse(node),
        target=_TARGETS[node.kind],
        relation=name_of(node.relation) if node.HasField("relation") else None,
        concurrently=concurrently,
    )


def is_on(option: pg.DefElem) -> bool:
    """Whether an option in parentheses is switched on: named alone, or with a word that means yes."""
    if not option.HasField("arg"):
        return True
    value = option.arg
    return bool(value.integer.ival) or value.boolean.boolval or value.string.sval.lower() in ("true", "on")
