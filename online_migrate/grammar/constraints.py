"""Constraints: from the tree to facts."""

from typing import Final

from online_migrate.grammar.analysis import columns_in
from online_migrate.grammar.definitions import Constraint, ConstraintType
from online_migrate.grammar.relations import name_of
from online_migrate.grammar.tree import (
    Message,
    deparse,
    deparse_expression,
    pg,
    statement,
    string,
    syntax_error,
    type_of,
    words,
)

_TYPES: Final[dict[int, ConstraintType]] = {
    pg.CONSTR_CHECK: "check",
    pg.CONSTR_FOREIGN: "foreign_key",
    pg.CONSTR_UNIQUE: "unique",
    pg.CONSTR_PRIMARY: "primary_key",
    pg.CONSTR_EXCLUSION: "exclude",
    pg.CONSTR_NOTNULL: "not_null",
}
_ACTIONS: Final = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_SHELL: Final = "ALTER TABLE t ADD "


def is_constraint(node: pg.Constraint) -> bool:
    """Whether a grammar node that is called constraint is one (a DEFAULT is not)."""
    return node.contype in _TYPES


def read_constraint(node: pg.Constraint) -> Constraint:
    """Return the facts of a table constraint."""
    return Constraint(
        type=_TYPES[node.contype],
        name=node.conname or None,
        columns=_columns(node),
        definition=definition_of(node),
        expression=deparse_expression(node.raw_expr) if node.contype == pg.CONSTR_CHECK else None,
        referenced=name_of(node.pktable) if node.contype == pg.CONSTR_FOREIGN else None,
        referenced_columns=words(node.pk_attrs),
        on_delete=_ACTIONS.get(node.fk_del_action),
        on_update=_ACTIONS.get(node.fk_upd_action),
        not_valid=node.skip_validation,
        not_enforced=node.contype in (pg.CONSTR_CHECK, pg.CONSTR_FOREIGN) and not node.is_enforced,
        deferrable=node.deferrable,
        initially_deferred=node.initdeferred,
        nulls_not_distinct=node.nulls_not_distinct,
        no_inherit=node.is_no_inherit,
        include=words(node.including),
        using_index=node.indexname or None,
    )


def inline_constraints(column: pg.ColumnDef) -> tuple[pg.Constraint, ...]:
    """Return the CHECK, UNIQUE, PRIMARY KEY and REFERENCES of a column as table constraints."""
    found: list[pg.Constraint] = []
    for item in column.constraints:
        node = item.constraint
        if is_constraint(node) and node.contype != pg.CONSTR_NOTNULL:
            found.append(_as_table_constraint(node, column.colname))
        elif found:
            _add_attribute(found[-1], node.contype)
    return tuple(found)


def _as_table_constraint(node: pg.Constraint, column: str) -> pg.Constraint:
    copy = pg.Constraint()
    copy.CopyFrom(node)
    if node.contype == pg.CONSTR_FOREIGN:
        copy.fk_attrs.append(string(column))
    elif node.contype in (pg.CONSTR_UNIQUE, pg.CONSTR_PRIMARY):
        copy.keys.append(string(column))
    return copy


def _add_attribute(constraint: pg.Constraint, contype: int) -> None:
    """Take over what the grammar writes after a column constraint as a node of its own."""
    match contype:
        case pg.CONSTR_ATTR_DEFERRABLE:
            constraint.deferrable = True
        case pg.CONSTR_ATTR_DEFERRED:
            constraint.deferrable = constraint.initdeferred = True
        case pg.CONSTR_ATTR_NOT_ENFORCED:
            constraint.is_enforced = False
            constraint.skip_validation = True


def _columns(node: pg.Constraint) -> tuple[str, ...]:
    match node.contype:
        case pg.CONSTR_CHECK:
            return columns_in(node.raw_expr)
        case pg.CONSTR_FOREIGN:
            return words(node.fk_attrs)
        case pg.CONSTR_EXCLUSION:
            elements = [item.list.items[0].index_elem for item in node.exclusions]
            named = [(e.name,) if e.name else columns_in(e.expr) for e in elements]
            return tuple(dict.fromkeys(c for group in named for c in group))
        case _:
            return words(node.keys)


def definition_of(node: pg.Constraint) -> str:
    """Return what follows ADD CONSTRAINT name. libpg_query writes whole statements only, so it is read off one."""
    unnamed = pg.Constraint()
    unnamed.CopyFrom(node)
    unnamed.ClearField("conname")
    command = pg.AlterTableCmd(subtype=pg.AT_AddConstraint, behavior=pg.DROP_RESTRICT)
    getattr(command, "def").constraint.CopyFrom(unnamed)
    table = pg.RangeVar(relname="t", inh=True, relpersistence="p")
    shell = pg.AlterTableStmt(relation=table, cmds=[pg.Node(alter_table_cmd=command)], objtype=pg.OBJECT_TABLE)
    return deparse(shell).removeprefix(_SHELL)


def parse_definition(sql: str) -> pg.Constraint:
    """Return the tree of what follows ADD CONSTRAINT name.

    Raises:
        SqlSyntaxError: the text is not exactly one table constraint.
    """
    node = statement(_SHELL + sql)
    command = node.cmds[0].alter_table_cmd
    constraint = constraint_in(getattr(command, "def"))
    if type_of(node) != "AlterTableStmt" or len(node.cmds) != 1 or constraint is None:
        raise syntax_error("this is not one constraint", sql, 0)
    return constraint


def constraint_in(node: Message) -> pg.Constraint | None:
    """Return the constraint in a Node, or None where it holds something else."""
    if type_of(node) == "Constraint" and is_constraint(node.constraint):
        result: pg.Constraint = node.constraint
        return result
    return None


def with_storage(definition: str, index: str, tablespace: str | None) -> str:
    """Return the definition of a key with the storage parameters of its index, which the catalog leaves out of it.

    Args:
        index: CREATE INDEX, as the catalog has it.
        tablespace: of the index, None for that of the database.
    """
    node = parse_definition(definition)
    # Of an exclusion the catalog does say them.
    del node.options[:]
    node.options.extend(statement(index).options)
    node.indexspace = tablespace or ""
    return definition_of(node)
