"""Columns: definitions, and the subcommands of ALTER TABLE."""

from typing import Final, TypedDict

from online_migrate.grammar.constraints import inline_constraints, read_constraint
from online_migrate.grammar.definitions import ColumnDefinition
from online_migrate.grammar.relations import name_of
from online_migrate.grammar.statements import (
    AddColumn,
    AddConstraint,
    AlterTableOther,
    AlterType,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    SetDefault,
    SetNotNull,
    Statement,
    ValidateConstraint,
)
from online_migrate.grammar.tree import (
    deparse,
    deparse_expression,
    deparse_type,
    expression,
    pg,
    type_of,
    unwrap,
    words,
)
from online_migrate.plan.names import RelationName

_SERIAL: Final = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})
_ABOUT_A_COLUMN: Final = frozenset(
    {
        pg.AT_SetStatistics,
        pg.AT_SetOptions,
        pg.AT_ResetOptions,
        pg.AT_SetStorage,
        pg.AT_SetCompression,
        pg.AT_SetExpression,
        pg.AT_DropExpression,
        pg.AT_AddIdentity,
        pg.AT_SetIdentity,
        pg.AT_DropIdentity,
        pg.AT_AlterColumnGenericOptions,
    }
)


def is_string(sql: str) -> bool:
    """Whether an expression is a string in quotes and nothing else, so of no type yet."""
    node = expression(sql)
    return type_of(node) == "A_Const" and bool(unwrap(node).HasField("sval"))


def _is_null(default: pg.Node) -> bool:
    """Whether a default is NULL: PostgreSQL keeps none then, and drops the one there was."""
    node = unwrap(default)
    return _is_null(node.arg) if type_of(node) == "TypeCast" else type_of(node) == "A_Const" and bool(node.isnull)


def read_column(node: pg.ColumnDef) -> ColumnDefinition:
    """Return the facts of a column of ADD COLUMN or CREATE TABLE."""
    parts = {item.constraint.contype: item.constraint for item in node.constraints}
    default = parts.get(pg.CONSTR_DEFAULT)
    generated = parts.get(pg.CONSTR_GENERATED)
    identity = parts.get(pg.CONSTR_IDENTITY)
    serial = len(node.type_name.names) == 1 and node.type_name.names[0].string.sval in _SERIAL
    # PRIMARY KEY, serial and identity make a column NOT NULL without saying so.
    implied = serial or identity is not None or pg.CONSTR_PRIMARY in parts
    return ColumnDefinition(
        name=node.colname,
        type=deparse_type(node.type_name) if node.HasField("type_name") else "",
        not_null=implied or pg.CONSTR_NOTNULL in parts,
        default=deparse_expression(default.raw_expr)
        if default is not None and not _is_null(default.raw_expr)
        else None,
        collation=_collation(node),
        generated=None if generated is None else "stored" if generated.generated_kind == "s" else "virtual",
        generation_expression=deparse_expression(generated.raw_expr) if generated is not None else None,
        identity=None if identity is None else "always" if identity.generated_when == "a" else "by default",
        serial=serial,
        constraints=tuple(read_constraint(c) for c in inline_constraints(node)),
    )


class _Target(TypedDict):
    """What every subcommand of ALTER TABLE has."""

    sql: str
    table: RelationName
    only: bool
    if_exists: bool


def read_alter_table(statement: pg.AlterTableStmt) -> Statement | None:
    """Return the facts of an ALTER TABLE, relations qualified; None where it alters something else than a table."""
    if statement.objtype not in (pg.OBJECT_TABLE, pg.OBJECT_FOREIGN_TABLE):
        return None
    target = _Target(
        sql=deparse(statement),
        table=name_of(statement.relation),
        only=not statement.relation.inh,
        if_exists=statement.missing_ok,
    )
    if len(statement.cmds) != 1:
        return AlterTableOther(**target, subcommand="Several")
    command = statement.cmds[0].alter_table_cmd
    return _read_column_command(command, target) or _read_constraint_command(command, target) or _other(command, target)


def _read_column_command(command: pg.AlterTableCmd, target: _Target) -> Statement | None:
    name = command.name
    definition = getattr(command, "def")
    match command.subtype:
        case pg.AT_AddColumn:
            column = read_column(definition.column_def)
            return AddColumn(**target, column=column, if_not_exists=command.missing_ok)
        case pg.AT_DropColumn:
            cascade = command.behavior == pg.DROP_CASCADE
            return DropColumn(**target, column=name, cascade=cascade, column_if_exists=command.missing_ok)
        case pg.AT_AlterColumnType:
            column = definition.column_def
            return AlterType(
                **target,
                column=name,
                type=deparse_type(column.type_name),
                using=deparse_expression(column.raw_default) if column.HasField("raw_default") else None,
                collation=_collation(column),
            )
        case pg.AT_ColumnDefault if type_of(definition) and not _is_null(definition):
            return SetDefault(**target, column=name, default=deparse_expression(definition))
        case pg.AT_ColumnDefault:
            return DropDefault(**target, column=name)
        case pg.AT_SetNotNull:
            return SetNotNull(**target, column=name)
        case pg.AT_DropNotNull:
            return DropNotNull(**target, column=name)
        case _:
            return None


def _read_constraint_command(command: pg.AlterTableCmd, target: _Target) -> Statement | None:
    match command.subtype:
        case pg.AT_AddConstraint:
            return AddConstraint(**target, constraint=read_constraint(getattr(command, "def").constraint))
        case pg.AT_DropConstraint:
            cascade = command.behavior == pg.DROP_CASCADE
            return DropConstraint(**target, name=command.name, cascade=cascade, constraint_if_exists=command.missing_ok)
        case pg.AT_ValidateConstraint:
            return ValidateConstraint(**target, name=command.name)
        case _:
            return None


def _other(command: pg.AlterTableCmd, target: _Target) -> AlterTableOther:
    return AlterTableOther(
        **target,
        subcommand=pg.AlterTableType.Name(command.subtype).removeprefix("AT_"),
        column=command.name if command.subtype in _ABOUT_A_COLUMN else None,
        other=_other_relation(command),
        concurrent=getattr(command, "def").partition_cmd.concurrent,
    )


def _collation(column: pg.ColumnDef) -> str | None:
    return ".".join(words(column.coll_clause.collname)) or None


def _other_relation(command: pg.AlterTableCmd) -> RelationName | None:
    definition = getattr(command, "def")
    match type_of(definition):
        case "PartitionCmd":
            return name_of(definition.partition_cmd.name)
        case "RangeVar":
            return name_of(definition.range_var)
        case _:
            return None
