"""Changes of a statement or expression made in its tree; each returns new SQL and leaves the rest to the letter.

Each raises ValueError for a kind of statement that it is not made for: that is a mistake in the calling code.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from online_migrate.grammar.analysis import column_path, conjuncts_in, read_any
from online_migrate.grammar.tree import (
    Message,
    children,
    deparse,
    deparse_expression,
    expression,
    of_type,
    pg,
    replace,
    statement,
    string,
    type_name,
    type_of,
    unwrap,
    wrap,
)
from online_migrate.plan.names import RelationName

_ATTRIBUTES: Final = (
    pg.CONSTR_ATTR_DEFERRABLE,
    pg.CONSTR_ATTR_NOT_DEFERRABLE,
    pg.CONSTR_ATTR_DEFERRED,
    pg.CONSTR_ATTR_IMMEDIATE,
    pg.CONSTR_ATTR_ENFORCED,
    pg.CONSTR_ATTR_NOT_ENFORCED,
)
_COLUMN_PARTS: Final = (
    pg.CONSTR_NOTNULL,
    pg.CONSTR_NULL,
    pg.CONSTR_DEFAULT,
    pg.CONSTR_GENERATED,
    pg.CONSTR_IDENTITY,
)


def concurrently(sql: str) -> str:
    """Return CREATE INDEX, DROP INDEX, REINDEX, REFRESH MATERIALIZED VIEW or DETACH PARTITION, CONCURRENTLY."""
    node = statement(sql)
    match type_of(node):
        case "IndexStmt" | "RefreshMatViewStmt":
            node.concurrent = True
        case "DropStmt" if node.remove_type == pg.OBJECT_INDEX:
            node.concurrent = True
        case "ReindexStmt":
            kept = [item for item in node.params if item.def_elem.defname != "concurrently"]
            del node.params[:]
            node.params.extend(kept)
            node.params.add().def_elem.CopyFrom(pg.DefElem(defname="concurrently", defaction=pg.DEFELEM_UNSPEC))
        case "AlterTableStmt" if _command(node, pg.AT_DetachPartition):
            _definition(node, pg.AT_DetachPartition).partition_cmd.concurrent = True
        case kind:
            raise ValueError(f"{kind} has no CONCURRENTLY")
    return deparse(node)


def keeps_rows(sql: str) -> bool:
    """Whether REFRESH MATERIALIZED VIEW is WITH DATA."""
    return not statement(sql).skip_data


def not_valid(sql: str) -> str:
    """Return ADD CONSTRAINT with NOT VALID: rows that are there are not looked at."""
    node = statement(sql)
    constraint = _definition(node, pg.AT_AddConstraint).constraint
    constraint.skip_validation = True
    constraint.initially_valid = False
    return deparse(node)


def only(sql: str) -> str:
    """Return the statement for the table alone, without its partitions and children."""
    node = statement(sql)
    if type_of(node) not in ("IndexStmt", "AlterTableStmt", "UpdateStmt", "DeleteStmt"):
        raise ValueError(f"{type_of(node)} has no ONLY")
    node.relation.inh = False
    return deparse(node)


def index_on(sql: str, table: RelationName, name: str) -> str:
    """Return CREATE INDEX with the same definition on another table (a partition), under another name."""
    node = statement(sql)
    if type_of(node) != "IndexStmt":
        raise ValueError("index_on is for CREATE INDEX")
    node.idxname = name
    node.relation.schemaname, node.relation.relname = table.schema, table.name
    node.relation.inh = True
    return deparse(node)


# --- the column of ADD COLUMN ----------------------------------------------------------------------


def _keep_parts(sql: str, keep: Callable[[int], bool]) -> str:
    """Return ADD COLUMN with those parts of the column only whose kind `keep` approves."""
    node = statement(sql)
    column = _definition(node, pg.AT_AddColumn).column_def
    kept = []
    attribute_kept = True
    for item in column.constraints:
        if item.constraint.contype not in _ATTRIBUTES:
            attribute_kept = keep(item.constraint.contype)
        # DEFERRABLE and the like are parts of their own that belong to the constraint before them.
        if attribute_kept:
            kept.append(item)
    del column.constraints[:]
    column.constraints.extend(kept)
    return deparse(node)


def without_default(sql: str) -> str:
    """Return ADD COLUMN without its DEFAULT."""
    return _keep_parts(sql, lambda contype: contype != pg.CONSTR_DEFAULT)


def without_inline_constraints(sql: str) -> str:
    """Return ADD COLUMN without CHECK, UNIQUE, PRIMARY KEY and REFERENCES; NOT NULL and the default stay."""
    return _keep_parts(sql, lambda contype: contype in _COLUMN_PARTS)


def as_nullable(sql: str) -> str:
    """Return ADD COLUMN without NOT NULL. A PRIMARY KEY, serial or identity would still imply it."""
    return _keep_parts(sql, lambda contype: contype != pg.CONSTR_NOTNULL)


def without_identity(sql: str) -> str:
    """Return ADD COLUMN without GENERATED ... AS IDENTITY."""
    return _keep_parts(sql, lambda contype: contype != pg.CONSTR_IDENTITY)


def with_default(sql: str, default: str) -> str:
    """Return ADD COLUMN with this expression as its DEFAULT, in the place of any other."""
    node = statement(without_default(sql))
    column = _definition(node, pg.AT_AddColumn).column_def
    constraint = pg.Constraint(contype=pg.CONSTR_DEFAULT, raw_expr=wrap(expression(default)))
    column.constraints.append(pg.Node(constraint=constraint))
    return deparse(node)


def with_type(sql: str, type_sql: str) -> str:
    """Return ADD COLUMN with another type (a serial made a plain integer)."""
    node = statement(sql)
    _definition(node, pg.AT_AddColumn).column_def.type_name.CopyFrom(type_name(type_sql))
    return deparse(node)


# --- rows ------------------------------------------------------------------------------------------


def narrow(sql: str, predicate: str) -> str:
    """Return UPDATE or DELETE for those rows only for which the predicate holds too; $ parameters are kept."""
    node = statement(sql)
    if type_of(node) not in ("UpdateStmt", "DeleteStmt"):
        raise ValueError(f"{type_of(node)} cannot be narrowed")
    if node.where_clause.HasField("current_of_expr"):
        raise ValueError("WHERE CURRENT OF cannot be narrowed")
    extra = expression(predicate)
    if node.HasField("where_clause"):
        both = [wrap(item) for side in (node.where_clause, extra) for item in conjuncts_in(side)]
        replace(node.where_clause, pg.BoolExpr(boolop=pg.AND_EXPR, args=both))
    else:
        replace(node.where_clause, extra)
    return deparse(node)


def only_assigning(sql: str, column: str) -> str:
    """Return an UPDATE that assigns this one of its columns and leaves the others alone."""
    node = statement(sql)
    if type_of(node) != "UpdateStmt":
        raise ValueError(f"{type_of(node)} assigns no columns")
    kept = [target for target in node.target_list if target.res_target.name == column]
    del node.target_list[:]
    node.target_list.extend(kept)
    return deparse(node)


def target_alias_of(sql: str) -> str:
    """Return the name by which the rest of an UPDATE or DELETE must call its target: the alias, else the table."""
    node = statement(sql)
    if type_of(node) not in ("UpdateStmt", "DeleteStmt"):
        raise ValueError(f"{type_of(node)} has no target row")
    return str(node.relation.alias.aliasname or node.relation.relname)


# --- expressions -----------------------------------------------------------------------------------


def row_reference(sql: str, prefix: str = "new", *, columns: Collection[str], names: Collection[str] = ()) -> str:
    """Return an expression with the columns of one row as fields of a record, `a` as `new.a`.

    Args:
        prefix: the record or alias; "NEW" and "OLD" are those of PL/pgSQL.
        columns: the columns of the row. Within a sub-query over tables an unqualified name is left as it is.
        names: table name and aliases that the expression may use before a column.
    """
    node = wrap(expression(sql))
    record = prefix.lower() if prefix.upper() in ("NEW", "OLD") else prefix
    _refer(node, record, columns, names, own=True)
    return deparse_expression(node)


def _refer(node: Message, prefix: str, columns: Collection[str], names: Collection[str], own: bool) -> None:
    node = unwrap(node)
    if type_of(node) == "ColumnRef":
        path = column_path(node)
        named = path[-1] in columns and len(path) > 1 and path[-2] in names
        if named or (own and len(path) == 1 and path[0] in columns):
            del node.fields[:]
            node.fields.extend([string(prefix), string(path[-1])])
        return
    inner = own and not (type_of(node) == "SelectStmt" and node.from_clause)
    for _, child in children(node):
        _refer(child, prefix, columns, names, inner)


def rename_column_references(sql: str, new_names: Mapping[str, str]) -> str:
    """Return an expression about one table with columns called by other names; what stands before them stays."""
    node = wrap(expression(sql))
    for reference in of_type(node, "ColumnRef"):
        last = column_path(reference)[-1]
        if last in new_names:
            reference.fields[-1].string.sval = new_names[last]
    return deparse_expression(node)


def equal(sql: str, other: str) -> bool:
    """Whether two expressions, or two statements, have the same tree, however they are laid out."""
    first, second = read_any(sql), read_any(other)
    return type_of(first) == type_of(second) and deparse_any(first) == deparse_any(second)


def deparse_any(node: Message) -> str:
    """Return the SQL of an expression or a statement."""
    return deparse(node) if type_of(node).endswith("Stmt") else deparse_expression(node)


def _command(node: Message, subtype: int) -> pg.AlterTableCmd | None:
    if type_of(node) != "AlterTableStmt" or len(node.cmds) != 1:
        return None
    command: pg.AlterTableCmd = node.cmds[0].alter_table_cmd
    return command if command.subtype == subtype else None


def _definition(node: Message, subtype: int) -> Message:
    """Return the definition in the only subcommand of an ALTER TABLE, which must be of the given kind."""
    command = _command(node, subtype)
    if command is None:
        raise ValueError(f"one {pg.AlterTableType.Name(subtype)} was expected")
    return getattr(command, "def")
