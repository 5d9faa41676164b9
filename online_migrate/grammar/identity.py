"""Identity columns taken apart: the column, the sequence behind it, and what makes the one belong to the other."""

from typing import Any, Literal

from online_migrate.grammar.tree import deparse, pg, statement, type_name
from online_migrate.plan.names import RelationName

_LETTERS = {"always": "a", "by default": "d"}
_OF_AN_IDENTITY = ("sequence_name", "owned_by", "logged", "unlogged")


def add_generated(sql: str) -> str:
    """Return the ALTER COLUMN ... ADD GENERATED that makes a column what this ADD COLUMN with AS IDENTITY would."""
    node = statement(sql)
    column = _added(node)
    command = pg.AlterTableCmd(subtype=pg.AT_AddIdentity, name=column.colname, behavior=pg.DROP_RESTRICT)
    getattr(command, "def").constraint.CopyFrom(_identity(column))
    node.cmds[0].alter_table_cmd.CopyFrom(command)
    node.missing_ok = False
    return deparse(node)


def create_sequence(sql: str, name: RelationName, type_sql: str) -> str:
    """Return the CREATE SEQUENCE, under another name, of what counts for this ADD COLUMN with AS IDENTITY."""
    options = [
        item for item in _identity(_added(statement(sql))).options if item.def_elem.defname not in _OF_AN_IDENTITY
    ]
    kind = pg.DefElem(defname="as", arg=pg.Node(type_name=type_name(type_sql)), defaction=pg.DEFELEM_UNSPEC)
    relation = pg.RangeVar(schemaname=name.schema, relname=name.name, inh=True, relpersistence="p")
    return deparse(pg.CreateSeqStmt(sequence=relation, options=[pg.Node(def_elem=kind), *options]))


def generated(sql: str, when: Literal["always", "by default"]) -> str:
    """Return ADD GENERATED with ALWAYS or BY DEFAULT."""
    node = statement(sql)
    getattr(node.cmds[0].alter_table_cmd, "def").constraint.generated_when = _LETTERS[when]
    return deparse(node)


def _added(node: Any) -> Any:
    return getattr(node.cmds[0].alter_table_cmd, "def").column_def


def _identity(column: Any) -> Any:
    return next(item.constraint for item in column.constraints if item.constraint.contype == pg.CONSTR_IDENTITY)
